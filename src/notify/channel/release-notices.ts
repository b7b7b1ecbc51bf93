/** Decides which of the waiting notices may be sent now, by the quiet hours and the digest of a channel. */
import type { ChannelConfig } from "../../config/channels/channel-kinds.ts";
import { duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import type { WaitingNotice } from "./notice-queue.ts";

export interface Release {
  /** Notices that may be sent, oldest first. */
  readonly ready: readonly WaitingNotice[];
  /** Milliseconds until the others may be sent, if nothing else happens; 0: none waits. */
  readonly wait: number;
}

const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;

/** `waiting`: oldest first. `now`: by the wall clock; `at`: by the clock of `waiting`. */
export function releaseNotices(
  waiting: readonly WaitingNotice[],
  { quiet, digest = duration(0) }: Pick<ChannelConfig["settings"], "quiet" | "digest">,
  { now, at }: { readonly now: Instant; readonly at: number },
): Release {
  const errors = waiting.filter(({ notice }) => notice.level === "error");
  const [oldest] = waiting.filter(({ notice }) => notice.level !== "error");
  if (oldest === undefined) return { ready: waiting, wait: 0 };
  const quietWait = quiet === undefined ? 0 : quietTimeLeft(quiet, now);
  if (quietWait > 0) return { ready: errors, wait: quietWait };
  const digestWait = oldest.at + digest - at;
  if (errors.length > 0 || digestWait <= 0) return { ready: waiting, wait: 0 };
  return { ready: [], wait: digestWait };
}

/** Returns the milliseconds until the end of the quiet hours; 0: there are none now. */
function quietTimeLeft(
  { from, to }: NonNullable<ChannelConfig["settings"]["quiet"]>,
  now: Instant,
): number {
  const time = new Date(now);
  const minute = time.getHours() * 60 + time.getMinutes();
  const isQuiet = from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!isQuiet) return 0;
  const minutes = (to - minute + DAY_MINUTES) % DAY_MINUTES;
  return minutes * MINUTE_MS - (now % MINUTE_MS);
}

/**
 * Whether a line that a program logs now arrives: sends one through the host's own syslog path and waits for it. Bounded
 * in time; one lost line is no proof of a broken path, so it is sent twice.
 */
import { randomBytes } from "node:crypto";
import { sleep } from "../timers.ts";
import { type Facility, sendSyslogLine } from "./send-syslog-line.ts";

export interface LogPathProbe {
  readonly facility: Facility;
  /** Whether the line has come; asked after each of `waits`. `text` is in it. */
  readonly arrived: (text: string) => boolean | Promise<boolean>;
  /** Milliseconds, one after the other. */
  readonly waits: readonly number[];
  readonly signal: AbortSignal;
}

export type LogPathResult =
  | { readonly kind: "came"; readonly milliseconds: number }
  /** `reason` is for people. */
  | { readonly kind: "lost"; readonly reason: string };

export const PROBE_TAG = "bailiff";
const TRIES = 2;

export async function probeLogPath(probe: LogPathProbe): Promise<LogPathResult> {
  for (let tried = 0; tried < TRIES; tried++) {
    const text = `bailiff probe ${randomBytes(12).toString("hex")}`;
    const begin = performance.now();
    const line = await sendSyslogLine({ tag: PROBE_TAG, text, facility: probe.facility });
    if (!line.ok) return { kind: "lost", reason: line.error };
    for (const wait of probe.waits) {
      await sleep(wait, probe.signal, "loose");
      if (await probe.arrived(text))
        return { kind: "came", milliseconds: Math.round(performance.now() - begin) };
    }
  }
  const seconds = probe.waits.reduce((sum, wait) => sum + wait, 0) / 1000;
  const reason = `${TRIES} probe lines through /dev/log did not arrive within ${seconds} s each`;
  return { kind: "lost", reason };
}

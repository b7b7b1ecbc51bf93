/**
 * Which jails have read a line before: at another place, before they moved; or in the same log, before it was written
 * anew or copied. Owns, for each log whose lines are in doubt, what its jails had read when that began. Bounded: MAX_LOGS.
 */
import { printOf, type ReadLines } from "../../detect/read-mark.ts";
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import type { LinePlace } from "../../parse/route/line-sink.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Jail } from "../../jails/jail.ts";

const MAX_LOGS = 256;

interface Doubt {
  readonly before: ReadonlyMap<Jail, ReadLines>;
  read: number;
  unstamped: number;
}

export interface RereadLines {
  /** The lines of a batch follow, each asked for once. */
  begin(batch: LineBatch, now: Instant): void;
  /** Those of the jails that have not read the line. */
  withoutRead(
    jails: readonly Jail[],
    match: Match,
    line: { readonly text: string; readonly place: LinePlace },
  ): readonly Jail[];
  end(batch: LineBatch): void;
}

export function createRereadLines(
  watched: ReadonlySet<Jail>,
  { emit, where }: { readonly emit: Emit; readonly where: string },
): RereadLines {
  const doubts = new Map<string, Doubt>();
  let doubt: Doubt | undefined;
  let unstamped: "new" | "unknown" = "new";
  let arrival: LineBatch["arrival"] = "backlog";
  let now = 0;
  /** Whether lines of this source have stamps: one without is then not as its writer writes them. */
  let hasStamps = false;

  function begin(batch: LineBatch, at: Instant): void {
    now = at;
    ({ arrival } = batch);
    doubt = undefined;
    if (batch.rewritten === undefined) return;
    ({ unstamped } = batch.rewritten);
    const key = keyOf(batch);
    const known = batch.rewritten.begins ? undefined : doubts.get(key);
    doubt = known ?? { before: readBy(watched), read: 0, unstamped: 0 };
    doubts.set(key, doubt);
    const [oldest] = doubts.keys();
    if (doubts.size > MAX_LOGS && oldest !== undefined) doubts.delete(oldest);
  }

  function withoutRead(
    jails: readonly Jail[],
    match: Match,
    { text, place: { message, end } }: Parameters<RereadLines["withoutRead"]>[2],
  ): readonly Jail[] {
    // One ahead of the clock says as little of what was read before as none.
    const isStamped = match.isTimed && match.at <= now;
    if (isStamped) hasStamps = true;
    else if (doubt !== undefined && (unstamped === "unknown" || hasStamps)) {
      doubt.unstamped++;
      return [];
    }
    // A recognizer reads the line with its header, which is another one in each place.
    const print =
      message < 0
        ? printOf(`${match.rule} ${match.ip} ${match.user}`, 0, Number.POSITIVE_INFINITY)
        : printOf(text, message, end);
    let reread: Jail[] | undefined;
    for (const jail of jails) {
      const isRead =
        doubt?.before.get(jail)?.hasTaken(match.at, print) === true ||
        jail.read.isReread(match.at, print, arrival);
      if (isRead) (reread ??= []).push(jail);
    }
    if (reread === undefined) return jails;
    if (doubt !== undefined) doubt.read++;
    return jails.filter((jail) => !reread.includes(jail));
  }

  function end(batch: LineBatch): void {
    if (doubt === undefined || batch.rewritten?.ends !== true) return;
    doubts.delete(keyOf(batch));
    if (doubt.read + doubt.unstamped === 0) return;
    const place = keyOf(batch).replace(/^file:/, "");
    const { read, unstamped: others } = doubt;
    emit({ event: "lines-passed-over", source: where, place, read, unstamped: others });
  }

  return { begin, withoutRead, end };
}

function readBy(jails: ReadonlySet<Jail>): ReadonlyMap<Jail, ReadLines> {
  return new Map([...jails].map((jail) => [jail, jail.read.readLines()]));
}

function keyOf({ cursor }: LineBatch): string {
  return cursor?.key ?? "";
}

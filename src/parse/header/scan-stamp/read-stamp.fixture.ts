/** For tests: parses the timestamp at the start of a line, and returns it with the rest of the line. */
import { type Instant, instant } from "../../../domain/instant.ts";
import { scanStamp } from "../scan-stamp.ts";
import { type Stamp, createStamp, createStampContext, setMoment } from "../stamp.ts";
import { resolveStamp } from "../timestamp.ts";

export const NOW: Instant = instant(Date.parse("2026-11-30T12:00:00Z"));

/** Creates the state for a log that is read at `now`, on a host `hours` east of UTC. */
export function stampAt(now: number = NOW, hours = 0): Stamp {
  const stamp = createStamp(createStampContext(() => hours * 3_600_000));
  setMoment(stamp.context, now);
  return stamp;
}

/** Returns the instant in ISO 8601 (undefined: not a valid time) and the rest of the line; undefined: no timestamp. */
export function readStamp(
  line: string,
  stamp: Stamp = stampAt(),
): readonly [string | undefined, string] | undefined {
  const end = scanStamp(`${line}\n`, 0, line.length, stamp);
  if (end < 0) return undefined;
  const { now, localOffset } = stamp.context;
  const at = resolveStamp(stamp, instant(now), localOffset ?? (() => 0));
  return [at === undefined ? undefined : new Date(at).toISOString(), line.slice(end)];
}

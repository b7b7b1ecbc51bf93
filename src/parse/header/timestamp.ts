/** Converts a parsed timestamp to an instant. Resolves missing years, missing zones, and hours that occur twice. */
import { type Instant, instant, LAST_INSTANT } from "../../domain/instant.ts";
import { type Stamp, UNKNOWN_MONTH, createStamp } from "./stamp.ts";

/** Returns the offset of local time at an instant, in milliseconds east of UTC. */
export type LocalOffset = (at: number) => number;

const DAY = 86_400_000;
/** Maximum time that a timestamp without a year may be ahead of the clock before it counts as last year's. */
const AHEAD = DAY;

/**
 * Distance from the clock, in milliseconds, below which results are not cached: the year, or the choice between two
 * equal hours, may change within the quarter of an hour.
 */
const SETTLED = 4 * 3_600_000;

/** Converts timestamps to instants. Caches the last quarter of an hour, because lines of a batch come in order. */
export interface StampClock {
  resolve(stamp: Stamp, now: Instant): Instant | undefined;
}

export function createStampClock(localOffset: LocalOffset): StampClock {
  const known = createStamp();
  let quarter = -1;
  let base = Number.NaN;
  let knownAt = Number.NaN;

  function isKnown(stamp: Stamp, now: Instant): boolean {
    return (
      stamp.hour === known.hour &&
      stamp.day === known.day &&
      stamp.month === known.month &&
      stamp.year === known.year &&
      Math.floor(stamp.minute / 15) === quarter &&
      Object.is(stamp.offset, known.offset) &&
      Number.isNaN(stamp.epoch) &&
      now === knownAt
    );
  }

  function resolve(stamp: Stamp, now: Instant): Instant | undefined {
    const within = (stamp.minute % 15) * 60_000 + stamp.second * 1000 + stamp.millisecond;
    if (isKnown(stamp, now)) return Number.isNaN(base) ? undefined : instant(base + within);
    const at = resolveStamp(stamp, now, localOffset);
    Object.assign(known, stamp);
    base = at === undefined ? Number.NaN : at - within;
    const settled = at === undefined || base + SETTLED < now;
    quarter = settled && Number.isNaN(stamp.epoch) ? Math.floor(stamp.minute / 15) : -1;
    knownAt = now;
    return at;
  }

  return { resolve };
}

/**
 * Returns undefined if the timestamp is not a valid time (31 February) or cannot be parsed (month in another language).
 */
export function resolveStamp(
  stamp: Stamp,
  now: Instant,
  localOffset: LocalOffset,
): Instant | undefined {
  if (!Number.isNaN(stamp.epoch)) return possible(stamp.epoch);
  if (stamp.month === UNKNOWN_MONTH) return undefined;
  if (stamp.year !== 0)
    return possible(resolveInYear(stamp, stamp.year, now, localOffset) ?? Number.NaN);
  const thisYear = new Date(now + localOffset(now)).getUTCFullYear();
  // Take the newest year in which the date exists and is not in the future. Leap days may need up to eight years back
  // (1900, 2100).
  for (let year = thisYear + 1; year >= thisYear - 8; year--) {
    const at = resolveInYear(stamp, year, now, localOffset);
    if (at !== undefined && at <= now + AHEAD) return at;
  }
  return undefined;
}

/** Returns undefined for a time beyond LAST_INSTANT: a multilog label can exceed the range of every calendar. */
function possible(epochMilliseconds: number): Instant | undefined {
  return Math.abs(epochMilliseconds) <= LAST_INSTANT ? instant(epochMilliseconds) : undefined;
}

function resolveInYear(
  stamp: Stamp,
  year: number,
  now: Instant,
  localOffset: LocalOffset,
): Instant | undefined {
  const { month, day, hour, minute, second, millisecond, offset } = stamp;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return undefined;
  if (!Number.isNaN(offset)) return instant(wall - offset * 60_000);
  return instant(localToUtc(wall, now, localOffset));
}

/**
 * Converts local wall time to an instant. In the hour that occurs twice when summer time ends, takes the last one
 * before `now`; in the hour that never occurs, calculates as if the change came after it.
 */
function localToUtc(wall: number, now: Instant, localOffset: LocalOffset): number {
  const before = localOffset(wall - DAY / 2);
  const after = localOffset(wall + DAY / 2);
  if (before === after) return wall - before;
  const early = wall - Math.max(before, after);
  const late = wall - Math.min(before, after);
  const earlyHolds = localOffset(early) === wall - early;
  const lateHolds = localOffset(late) === wall - late;
  if (earlyHolds && lateHolds) return late <= now + 60_000 ? late : early;
  if (earlyHolds) return early;
  return lateHolds ? late : wall - before;
}

/**
 * Judges how suspicious a shape of unrecognized messages is, and whether a program's share of unrecognized lines rose.
 * Pure; keeps counts per day.
 */
import type { Instant } from "../../domain/instant.ts";

export interface ShapeFacts {
  readonly count: number;
  /** Estimated number of different addresses, without this host's own. */
  readonly addresses: number;
  /** Whether the words before the address say that it is the client's. */
  readonly peerSaid: boolean;
  readonly hasName: boolean;
  /** Words of failure in the constant text of the shape. */
  readonly failureWords: readonly string[];
  readonly saysSuccess: boolean;
}

export interface Suspicion {
  /** Sort order of shapes: a higher rank is more suspicious. */
  readonly rank: number;
  readonly reasons: readonly string[];
  /** Whether enough lines were seen to report that failures are not counted. */
  readonly failures: boolean;
}

/**
 * Minimum number of lines for a verdict. Plain lines have a word of failure and the client's address; faint ones have a
 * word of failure and only a name or some address.
 */
const MIN_LINES_PLAIN = 10;
const MIN_LINES_FAINT = 30;
const MIN_MANY_ADDRESSES = 3;

export function judgeShape(facts: ShapeFacts): Suspicion {
  const { count, addresses, peerSaid, hasName, failureWords, saysSuccess } = facts;
  const fails = failureWords.length > 0 && !saysSuccess;
  const outside = addresses > 0;
  const reasons = [
    ...(fails ? [`contains ${failureWords.map((word) => `"${word}"`).join(", ")}`] : []),
    ...(outside && peerSaid ? ["contains a client address"] : []),
    ...(outside && !peerSaid ? ["contains an address"] : []),
    ...(addresses >= MIN_MANY_ADDRESSES ? [`about ${addresses} addresses`] : []),
    ...(hasName ? ["contains a user name"] : []),
  ];
  const points =
    (fails ? 3 : 0) +
    (outside ? (peerSaid ? 3 : 2) : 0) +
    (addresses >= MIN_MANY_ADDRESSES ? 1 : 0) +
    (hasName ? 1 : 0);
  const plain = fails && outside && peerSaid;
  const faint = fails && (outside ? hasName || addresses >= MIN_MANY_ADDRESSES : hasName);
  const failures = (plain && count >= MIN_LINES_PLAIN) || (faint && count >= MIN_LINES_FAINT);
  return { rank: points + Math.min(0.99, Math.log10(count + 1) / 7), reasons, failures };
}

/** Number of lines on one day, in UTC. */
export interface DayCount {
  readonly day: number;
  readonly known: number;
  readonly unknown: number;
}

export interface LineShare {
  readonly lines: number;
  /** Unrecognized fraction, 0 to 1. */
  readonly unknown: number;
}

const DAY_MS = 86_400_000;
const DAYS_KEPT = 14;
/** Minimum number of lines for a usual share, and for a comparison with it. */
const MIN_LINES = 200;
/** The share of unrecognized lines must rise by this fraction of all lines, and by this factor. */
const MORE_UNKNOWN = 0.1;
const TIMES_UNKNOWN = 5;

export function addLines(
  days: readonly DayCount[],
  { known, unknown }: { readonly known: number; readonly unknown: number },
  now: Instant,
): readonly DayCount[] {
  if (known === 0 && unknown === 0) return days;
  const day = dayOf(now);
  const last = days.at(-1);
  if (last?.day === day) {
    const sum = { day, known: last.known + known, unknown: last.unknown + unknown };
    return [...days.slice(0, -1), sum];
  }
  return [...days, { day, known, unknown }].slice(-DAYS_KEPT);
}

/** Returns the share of unrecognized lines of today and yesterday. */
export function recentShare(days: readonly DayCount[], now: Instant): LineShare {
  return shareOf(days.filter(({ day }) => day >= dayOf(now) - 1));
}

/** Returns the share of unrecognized lines of the days before; undefined: too few lines. */
export function usualShare(days: readonly DayCount[], now: Instant): LineShare | undefined {
  const share = shareOf(days.filter(({ day }) => day < dayOf(now) - 1));
  return share.lines < MIN_LINES ? undefined : share;
}

/** Reports whether a much larger share of lines is unrecognized than usual. */
export function shareDrifted(recent: LineShare, usual: LineShare | undefined): boolean {
  if (usual === undefined || recent.lines < MIN_LINES) return false;
  const more = recent.unknown - usual.unknown;
  return more >= MORE_UNKNOWN && recent.unknown >= usual.unknown * TIMES_UNKNOWN;
}

function shareOf(days: readonly DayCount[]): LineShare {
  const known = days.reduce((sum, day) => sum + day.known, 0);
  const unknown = days.reduce((sum, day) => sum + day.unknown, 0);
  const lines = known + unknown;
  return { lines, unknown: lines === 0 ? 0 : unknown / lines };
}

function dayOf(now: Instant): number {
  return Math.floor(now / DAY_MS);
}

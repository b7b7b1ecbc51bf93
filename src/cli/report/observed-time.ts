/** Computes what is known of a period: which hours the daemon ran, and which state each jail had. */
import type { StateChangeReply, StatsReply } from "../../control/stats-messages.ts";
import { HOUR_MS } from "../../domain/stats.ts";

/** A time in which the daemon did not run all the time, from one whole hour to another. */
export interface GapReply {
  readonly from: string;
  readonly to: string;
  /** How long it did not run. */
  readonly missing_ms: number;
}

/** An hour of the period, or what has passed of it. */
export interface ObservedHour {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Share of this time in which the daemon ran, from 0 to 1. */
  readonly share: number;
  /** null: unknown. */
  readonly failures: number | null;
  readonly bans: number | null;
}

/** A minute or so passes until a run is known, so a shorter time counts as observed. */
const MAX_UNKNOWN_MS = 2 * 60_000;

/** `hourly`: a reply with steps of an hour. Hours after `now` are left out. */
export function hoursOf(hourly: StatsReply, now: number): readonly ObservedHour[] {
  const [series] = hourly.series;
  const begin = Date.parse(hourly.from);
  return (series?.covered ?? []).flatMap((covered, i) => {
    const from = begin + i * HOUR_MS;
    const to = Math.min(now, from + HOUR_MS);
    if (to <= from) return [];
    const missing = to - from - covered * HOUR_MS;
    const share = missing <= MAX_UNKNOWN_MS ? 1 : 1 - missing / (to - from);
    const failures = series?.counts.failures[i] ?? null;
    return [{ from, to, share, failures, bans: series?.counts.bans[i] ?? null }];
  });
}

/** Joins hours without a whole run that follow each other. */
export function gapsOf(hours: readonly ObservedHour[]): readonly GapReply[] {
  const gaps: GapReply[] = [];
  for (const { from, to, share } of hours) {
    if (share === 1) continue;
    const missing = Math.round((1 - share) * (to - from));
    const last = gaps.at(-1);
    const end = new Date(to).toISOString();
    if (last !== undefined && Date.parse(last.to) === from)
      gaps[gaps.length - 1] = { ...last, to: end, missing_ms: last.missing_ms + missing };
    else gaps.push({ from: new Date(from).toISOString(), to: end, missing_ms: missing });
  }
  return gaps;
}

export function observedShare(hours: readonly ObservedHour[]): number {
  const length = hours.reduce((sum, { from, to }) => sum + to - from, 0);
  const observed = hours.reduce((sum, { from, to, share }) => sum + share * (to - from), 0);
  return length === 0 ? 0 : Math.min(1, observed / length);
}

/** A time in which a jail had one state. */
export interface StatePeriod {
  readonly jail: string;
  readonly state: string;
  readonly cause: string | null;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/**
 * Returns the states of a jail, oldest first. `before`: its state when the period began; undefined: unknown, so its
 * first state begins with its first change.
 */
export function statesOf(
  jail: string,
  stats: Pick<StatsReply, "changes" | "states_before">,
  { from, to }: { readonly from: number; readonly to: number },
): readonly StatePeriod[] {
  const isOwn = (change: StateChangeReply): boolean => change.jail === jail;
  const before = stats.states_before.find(isOwn);
  const all = [...(before === undefined ? [] : [before]), ...stats.changes.filter(isOwn)];
  return all.flatMap(({ at, state, cause }, i) => {
    const begin = Math.max(from, Date.parse(at));
    const next = all[i + 1];
    const end = Math.min(to, next === undefined ? to : Date.parse(next.at));
    return end <= begin ? [] : [{ jail, state, cause, from: begin, to: end }];
  });
}

/**
 * Returns how much of each period the daemon ran, in milliseconds. In an hour without a whole run it is not known when the
 * daemon ran; its states of that hour count whole, as far as they fit into that run.
 */
export function observedWithin(
  hours: readonly ObservedHour[],
  periods: readonly Pick<StatePeriod, "from" | "to">[],
): readonly number[] {
  const observed = periods.map(() => 0);
  for (const { from, to, share } of hours) {
    const overlaps = periods.map((one) =>
      Math.max(0, Math.min(to, one.to) - Math.max(from, one.from)),
    );
    const all = overlaps.reduce((sum, overlap) => sum + overlap, 0);
    const factor = all === 0 ? 0 : Math.min(1, (share * (to - from)) / all);
    for (const [i, overlap] of overlaps.entries())
      observed[i] = (observed[i] ?? 0) + overlap * factor;
  }
  return observed;
}

/** Statistics: counts by hour, jail and rule, what was most frequent on a day, and state changes of jails. */
import type { Subject } from "./cidr.ts";
import type { Instant } from "./instant.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS: number = 24 * HOUR_MS;

/**
 * What is counted. failures: failed attempts. successes: logins. offenses: how often a subject reached `maxretry`, or a
 * detector acted. bans: bans that began. unbans: bans that ended, by themselves or by hand. unrecognized: lines that no
 * rule recognizes. dropped: packets of banned subjects whose counters were read, so at least this many. The database
 * stores positions in this list, so new ones are added at its end.
 */
export const COUNTERS = [
  "failures",
  "successes",
  "offenses",
  "bans",
  "unbans",
  "unrecognized",
  "dropped",
] as const;
export type Counter = (typeof COUNTERS)[number];

/** Counted together. `rule`: id of the rule; empty: the count belongs to the jail as a whole. */
export interface StatsSeries {
  readonly jail: string;
  readonly rule: string;
}

/** A count of one hour. `hour`: hours since 1970. */
export interface HourCount extends StatsSeries {
  readonly hour: number;
  readonly counter: Counter;
  readonly count: number;
}

/** The `jail` of the daemon's own runs. */
export const DAEMON_RUN = "";

/** A time in which failures of a jail would have been counted. */
export interface JailRun {
  readonly jail: string;
  readonly from: Instant;
  readonly to: Instant;
  /** Whether dropped packets would have been counted, too. */
  readonly countsDrops: boolean;
}

/** A changed state of a jail, as its proofs were judged. */
export interface StateChange {
  readonly jail: string;
  readonly at: Instant;
  readonly state: string;
  /** Stable name of what is wrong; undefined: nothing. */
  readonly cause: string | undefined;
}

/** Whose failures are counted: subjects, accounts, and networks (an IPv4 /24, an IPv6 /48). */
export const TOP_KINDS = ["address", "user", "network"] as const;
export type TopKind = (typeof TOP_KINDS)[number];

/** The true number of failures is at most `count` and at least `count - error`. */
export interface TopEntry {
  readonly key: string;
  readonly count: number;
  readonly error: number;
}

/** The most frequent keys, most frequent first. A key that is missing has at most `floor` failures. */
export interface TopList {
  readonly entries: readonly TopEntry[];
  readonly floor: number;
}

export interface DayTop {
  /** Days since 1970, in UTC. */
  readonly day: number;
  readonly kind: TopKind;
  readonly list: TopList;
}

export interface Stats {
  readonly counts: readonly HourCount[];
  readonly runs: readonly JailRun[];
  readonly changes: readonly StateChange[];
  readonly tops: readonly DayTop[];
}

export interface StatsPeriod {
  readonly from: Instant;
  readonly to: Instant;
}

/** Counts what happens, in the hour in which it is counted. Cheap: nothing is written. */
export interface StatsCounter {
  count(series: StatsSeries, counter: Counter, count: number): void;
  /** Counts failures of a subject and an account, beside those of a rule. */
  countTop(subject: Subject, user: string | undefined, count: number): void;
}

/**
 * The statistics in the record. They are kept for two years, and lost rather than a burden: what cannot be saved stays
 * in memory, bounded, and stops nothing else.
 */
export interface StatsBook extends StatsCounter {
  noteRun(run: JailRun): void;
  noteChange(change: StateChange): void;
  /** Writes what was counted since the last time, in one transaction. Returns whether that succeeded. */
  save(): boolean;
  /** Returns what is recorded of a period, with whole hours and days. Throws a CodedError if it cannot be read. */
  read(period: StatsPeriod): Stats;
  /** Returns the last change of each jail before this time, as far as it was saved. Throws as `read` does. */
  statesBefore(at: Instant): readonly StateChange[];
  /** Deletes what is older than two years, and shortens the lists of past days. */
  prune(now: Instant): void;
}

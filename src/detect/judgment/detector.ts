/** Defines a detector: it finds offenses that `maxretry` failures within `findtime` do not show. */
import type { CountedFailure, WindowedFailure } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Duration } from "../../domain/duration.ts";
import type { ObservedAttempt, ObservedLogin } from "./observed-attempt.ts";

/** What is done about an offender that a detector finds. report: only an event says so. */
export type DetectorMode = "act" | "report";

/** An offense that a detector found, in the jail of the attempt. */
export interface Suspicion {
  /** May be another subject than that of the attempt. */
  readonly subject: Subject;
  readonly mode: DetectorMode;
  /** Number of failures that led to it. */
  readonly failures: number;
  /** Begins with the detector's name and a colon, for display: "slow: 24 failures in 3 days". */
  readonly because: string;
  /** Number of earlier bans that the ban time assumes in addition; missing: 0. */
  readonly severity?: number | undefined;
  /** How many failures it takes, some of which may be older than findtime; missing: all that are within findtime. */
  readonly needed?: number | undefined;
  /** The settings of which one must be "act"; missing: the one with the detector's name. */
  readonly settings?: readonly ("campaigns" | "accounts")[] | undefined;
}

/**
 * Returns the recorded failures of a subject in the jail of the attempt that still count, that of the attempt included.
 * Not cheap: it reads the book.
 */
export type CountedHistory = (subject: Subject) => readonly CountedFailure[];

/** Deterministic: depends only on what it observed, and takes the time from it. Bounded in memory. */
export interface Detector {
  /** How long the book keeps failures for this detector, to restore it after a start. */
  readonly reach: Duration;
  /** Observes a counted failure, and returns the offenses that it completes. */
  attempt(attempt: ObservedAttempt, historyOf: CountedHistory): readonly Suspicion[];
  /** Judges a subject by its failures of now, as after a change of settings. */
  judge(subject: Subject, historyOf: CountedHistory): readonly Suspicion[];
  /** Observes a failure of before the start. */
  restore(failure: WindowedFailure): void;
  login(login: ObservedLogin): void;
  /** Forgets a subject whose failures no longer count: it was banned, pardoned or exempted. */
  forget(subject: Subject): void;
  /** Adjusts all times to a step of the wall clock, in milliseconds. */
  shift(step: number): void;
}

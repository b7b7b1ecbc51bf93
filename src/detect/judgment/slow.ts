/**
 * Finds sources that stay below `maxretry` within `findtime` for days: 2 × maxretry failures within 3 days are an
 * offense, which a source with two attempts an hour reaches within a day for any maxretry up to 17. Where the log shows
 * no logins, an address with many users looks the same, so there only failures for one account are an offense, and those
 * for several are reported.
 *
 * A decaying score (half-life 1.5 days) selects the subjects whose failures are looked up and counted exactly, so a
 * shared score bans nobody, and a steady source is found from 4.4 failures a day (with the default maxretry of 5)
 * instead of 3.3. Cost per failure: one addition to the score, and one look-up above the threshold.
 */
import type { WindowedFailure } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import { DecayingScores } from "./decaying-scores.ts";
import type { CountedHistory, Detector, DetectorMode, Suspicion } from "./detector.ts";

export const SLOW_WINDOW: Duration = duration(3 * 86_400_000);
const HALF_LIFE = duration(SLOW_WINDOW / 2);
/** Factor of maxretry. */
const SLOW_TIMES = 2;
const HOUR_MS = 3_600_000;

export interface SlowPolicy {
  readonly mode: DetectorMode;
  readonly maxretry: number;
  /** Whether the log shows logins, so that users' addresses are known. */
  readonly knowsUsers: boolean;
  /** Returns how much a failure of the record counts. */
  readonly pointsOf: (failure: Pick<WindowedFailure, "at" | "weight" | "extra">) => number;
}

type History = ReturnType<CountedHistory>;

export function createSlowDetector({ mode, maxretry, knowsUsers, pointsOf }: SlowPolicy): Detector {
  const threshold = SLOW_TIMES * maxretry;
  const scores = new DecayingScores(HALF_LIFE);

  /** Returns the offense of a subject, if its failures reach the threshold. */
  function judge(subject: Subject, all: History): readonly Suspicion[] {
    const newest = all.reduce((latest, { at }) => Math.max(latest, at), 0);
    const counted = all.filter(({ at }) => at >= newest - SLOW_WINDOW);
    if (sumOf(counted, pointsOf) < threshold) return [];
    const failures = sumOf(counted, ({ weight }) => weight);
    // An offender that is only reported would otherwise be reported again with each failure.
    scores.forget(subject);
    const because = `slow: ${failures} failures in 3 days, at most ${mostPerHour(counted)} an hour`;
    const found = { subject, failures, because, needed: threshold };
    if (knowsUsers || mostPointsOfAccount(counted, pointsOf) >= threshold)
      return [{ ...found, mode }];
    return [{ ...found, mode: "report", because: `${because}, for several accounts` }];
  }

  return {
    reach: SLOW_WINDOW,
    attempt: ({ subject, at, weight }, historyOf) =>
      scores.add(subject, at, weight) < threshold ? [] : judge(subject, historyOf(subject)),
    judge: (subject, historyOf) => judge(subject, historyOf(subject)),
    restore: (failure) => void scores.add(failure.subject, failure.at, pointsOf(failure)),
    login: () => undefined,
    forget: (subject) => scores.forget(subject),
    shift: (step) => scores.shift(step),
  };
}

function sumOf(failures: History, countOf: SlowPolicy["pointsOf"]): number {
  return failures.reduce((sum, failure) => sum + countOf(failure), 0);
}

/** Failures without an account count as those of one. */
function mostPointsOfAccount(failures: History, pointsOf: SlowPolicy["pointsOf"]): number {
  const byAccount = Map.groupBy(failures, ({ user }) => user);
  return Math.max(...[...byAccount.values()].map((own) => sumOf(own, pointsOf)));
}

/** Returns the highest number of failures within an hour. */
function mostPerHour(failures: History): number {
  const sorted = failures.toSorted((a, b) => a.at - b.at);
  let first = 0;
  let within = 0;
  let most = 0;
  for (const { at, weight } of sorted) {
    within += weight;
    for (
      let old = sorted[first];
      old !== undefined && old.at <= at - HOUR_MS;
      old = sorted[first]
    ) {
      within -= old.weight;
      first++;
    }
    most = Math.max(most, within);
  }
  return most;
}

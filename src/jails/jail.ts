/**
 * Holds one running jail: its compiled filter, its policy and its sliding window. Owns the window and the counters;
 * everything else about a jail is configuration.
 */
import { isDeepStrictEqual } from "node:util";
import type { JailConfig } from "../config/config.ts";
import type { Policy } from "../detect/policy.ts";
import { type AttemptCounter, createAttemptCounter } from "../detect/attempts.ts";
import { ReadMark } from "../detect/read-mark.ts";
import { createFailureWindow, type FailureWindow } from "../detect/failure-window.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import { OBSERVED } from "../domain/port-scope.ts";
import type { Unaddressed } from "./unaddressed.ts";
import { UnprovenTally } from "./unproven-tally.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";

export interface Jail {
  readonly name: JailName;
  readonly config: JailConfig;
  readonly filter: Filter;
  readonly policy: Policy;
  readonly window: FailureWindow;
  /** Shared by jails that read the same lines with the same filter. */
  attempts: AttemptCounter;
  /** The position in the log, whichever source it is read from. */
  read: ReadMark;
  /** Failures counted since the start. */
  failures: number;
  /** Time of the newest failure. */
  failedAt: Instant | undefined;
  /** Lines that a rule recognized, since the start. */
  recognized: number;
  /** Lines of its programs, or of a source that it alone reads, that no rule recognized, since the start. */
  unrecognized: number;
  /**
   * When its source last delivered a line of its programs: the arrival of a live line, the timestamp of a line from the
   * backlog. undefined: none since the start.
   */
  lastLineAt: Instant | undefined;
  /** Failures that count against no subject; undefined: none. */
  unaddressed: Unaddressed | undefined;
  /** Lines from unproven senders, since the start; they do not count. */
  unproven: UnprovenTally;
  /** Number of evicted subjects that events have reported. */
  reportedEvictions: number;
}

/** Maximum number of subjects tracked by one jail; about 150 bytes each. */
const MAX_TRACKED = 1_000_000;

export function createJail(config: JailConfig, filter: Filter): Jail {
  const { maxretry, findtime, bantime, increment, ports, enforcer } = config;
  const escalation = increment.enabled
    ? { multipliers: increment.multipliers, maxtime: increment.maxtime, jitter: increment.jitter }
    : undefined;
  return {
    name: config.name,
    config,
    filter,
    policy: { bantime, escalation, scope: enforcer === "memory" ? OBSERVED : ports },
    window: createFailureWindow({ findtime, maxretry, maxTracked: MAX_TRACKED }),
    attempts: createAttemptCounter(),
    read: new ReadMark(),
    failures: 0,
    failedAt: undefined,
    recognized: 0,
    unrecognized: 0,
    lastLineAt: undefined,
    unaddressed: undefined,
    unproven: new UnprovenTally({ findtime, maxretry }),
    reportedEvictions: 0,
  };
}

export function noteFailures(jail: Jail, count: number, at: Instant): void {
  jail.failures += count;
  if (jail.failedAt === undefined || jail.failedAt < at) jail.failedAt = at;
}

/** Its lines come from another place: the results for the former lines do not apply to these. */
export function forgetLines(jail: Jail): void {
  jail.recognized = 0;
  jail.unrecognized = 0;
  jail.unproven = new UnprovenTally(jail.config);
}

/**
 * Keeps the counters of a jail whose other options changed. With another filter or source, its lines must be read again
 * before anything is known about them.
 */
export function keepCounts(jail: Jail, old: Jail, lines: "same" | "other"): void {
  jail.failures = old.failures;
  jail.failedAt = old.failedAt;
  if (lines === "same") {
    jail.recognized = old.recognized;
    jail.unrecognized = old.unrecognized;
    if (isSameThreshold(jail, old)) jail.unproven = old.unproven;
  }
  jail.read = old.read;
  if (jail.filter.variant === old.filter.variant) jail.attempts = old.attempts;
  if (isDeepStrictEqual(jail.config.source, old.config.source)) jail.lastLineAt = old.lastLineAt;
}

function isSameThreshold({ config: a }: Jail, { config: b }: Jail): boolean {
  return a.findtime === b.findtime && a.maxretry === b.maxretry;
}

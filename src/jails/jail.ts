/**
 * One jail while it runs: its compiled filter, its policy and its sliding window.
 * Owns the window and the counts; everything else about a jail is configuration.
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
  /** Shared by the jails that read the same lines with the same filter. */
  attempts: AttemptCounter;
  /** How far it has read, wherever that was. */
  read: ReadMark;
  /** Failures counted since the start. */
  failures: number;
  /** When the newest of them happened. */
  failedAt: Instant | undefined;
  /** Lines that a rule recognized, since the start. */
  recognized: number;
  /** Lines of its programs, or of a source of its own, that no rule recognized, since the start. */
  unrecognized: number;
  /**
   * When its source last gave a line of its programs: the arrival of one that was just written, the stamp of one that
   * was caught up on. undefined: none since the start.
   */
  heardAt: Instant | undefined;
  /** Failures that count for nobody; undefined: none. */
  unaddressed: Unaddressed | undefined;
  /** What came for it from senders that nothing proves, since the start; it counts for nothing. */
  unproven: UnprovenTally;
  /** Subjects evicted from the window that an event has told of. */
  reportedEvictions: number;
}

/** Subjects one jail tracks at most; about 150 bytes each. */
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
    heardAt: undefined,
    unaddressed: undefined,
    unproven: new UnprovenTally({ findtime, maxretry }),
    reportedEvictions: 0,
  };
}

export function noteFailures(jail: Jail, count: number, at: Instant): void {
  jail.failures += count;
  if (jail.failedAt === undefined || jail.failedAt < at) jail.failedAt = at;
}

/** Its lines come from another place: what rules made of the former ones says nothing of these. */
export function forgetLines(jail: Jail): void {
  jail.recognized = 0;
  jail.unrecognized = 0;
  jail.unproven = new UnprovenTally(jail.config);
}

/**
 * A jail with another option is the same jail to whoever reads its numbers. With another filter or source its lines have
 * to be read anew before anything is known of them.
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
  if (jail.filter.name === old.filter.name && jail.filter.mode === old.filter.mode)
    jail.attempts = old.attempts;
  if (isDeepStrictEqual(jail.config.source, old.config.source)) jail.heardAt = old.heardAt;
}

function isSameThreshold({ config: a }: Jail, { config: b }: Jail): boolean {
  return a.findtime === b.findtime && a.maxretry === b.maxretry;
}

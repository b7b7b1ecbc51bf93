/** Describes why a rule makes no bans, or delays them. */
import { amount } from "../../domain/amount.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { OpenBreaker } from "./breaker.ts";

/** A rule that has used bans_per_minute, with offenses waiting. */
export interface LimitedRule {
  readonly jail: JailName;
  readonly rule: string;
  readonly since: Instant;
  readonly perMinute: number;
  readonly waiting: number;
  /** Number of waiting offenses that were dropped because the queue was full. */
  readonly dropped: number;
  /** Number of offenses that were decided after waiting. */
  readonly released: number;
}

export function describeSuspension({ rule, since, reason, spared }: OpenBreaker): string {
  return `rule ${rule} has been suspended since ${formatInstant(since)}: ${reason}; ${amount(spared, "offense")} not banned since`;
}

export function describeLimit({ rule, perMinute, since, ...counts }: LimitedRule): string {
  const { waiting, dropped, released } = counts;
  const lost = dropped === 0 ? "" : `, ${dropped} more found no room to wait`;
  const done = released === 0 ? "" : `, ${released} were decided after they had waited`;
  return `rule ${rule} bans at its limit of ${perMinute} a minute (bans_per_minute) since ${formatInstant(since)}: ${amount(waiting, "offender")} not banned yet, those with most failures are next${lost}${done}`;
}

/** Says what to do about a stopped rule. */
export function fixOf(jail: JailName): string {
  return `bailiff bans --jail ${jail} lists its bans; remove wrong ones (bailiff unban ADDRESS), correct the rule or the log, then: bailiff breaker reset ${jail}`;
}

/** What to do about a rule at its limit. */
export const RATE_FIX =
  "if these are attackers, raise bans_per_minute (0: no limit), then: bailiff reload; if not, correct the rule or the log";

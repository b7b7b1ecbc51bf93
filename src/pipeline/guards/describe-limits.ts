/** Describes why a rule makes no bans, or delays them. */
import { amount } from "../../domain/amount.ts";
import { formatInstant } from "../../domain/instant.ts";
import type { OpenBreaker } from "./breaker.ts";
import type { LimitedRule } from "./ban-limits.ts";

export function describeSuspension({ rule, since, reason, spared }: OpenBreaker): string {
  return `rule ${rule} has been suspended since ${formatInstant(since)}: ${reason}; ${amount(spared, "offense")} not banned since`;
}

export function describeLimit({ rule, perMinute, since, ...counts }: LimitedRule): string {
  const { waiting, dropped, released } = counts;
  const lost = dropped === 0 ? "" : `, ${dropped} more found no room to wait`;
  const done = released === 0 ? "" : `, ${released} were decided after they had waited`;
  return `rule ${rule} bans at its limit of ${perMinute} a minute (bans_per_minute) since ${formatInstant(since)}: ${amount(waiting, "offender")} not banned yet, those with most failures are next${lost}${done}`;
}

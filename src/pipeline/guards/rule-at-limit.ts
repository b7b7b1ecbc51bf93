/** Describes a rule at its limit, and what waits for its budget. */
import type { Instant } from "../../domain/instant.ts";
import type { Jail } from "../../jails/jail.ts";
import type { LimitedRule } from "./describe-limits.ts";
import type { WaitingOffenses } from "./waiting-offenses.ts";

export interface RuleAtLimit {
  jail: Jail;
  readonly rule: string;
  since: Instant;
  released: number;
  readonly offenses: WaitingOffenses;
}

export function summarize({ jail, rule, since, released, offenses }: RuleAtLimit): LimitedRule {
  const { size: waiting, dropped } = offenses;
  const perMinute = jail.config.bans_per_minute;
  return { jail: jail.name, rule, since, perMinute, waiting, dropped, released };
}

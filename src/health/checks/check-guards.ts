/** Reports rules that the breaker suspended or that reached their limit, and saves the state of the guards. */
import { amount } from "../../domain/amount.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Proof } from "../../domain/proof.ts";
import type { Guards } from "../../pipeline/guards/guards.ts";
import {
  describeLimit,
  describeSuspension,
  fixOf,
  RATE_FIX,
} from "../../pipeline/guards/describe-limits.ts";
import type { JailCheck } from "../jail-check.ts";

export function createGuardsCheck({
  limits,
  allowances,
}: Pick<Guards, "limits" | "allowances">): JailCheck {
  function found(jail: JailName, at: Instant): Proof | undefined {
    const link = "guards";
    const stopped = limits.breaker.list(jail);
    const limited = limits.limited(jail);
    const others = stopped.length + limited.length - 1;
    const more = others > 0 ? ` (and ${others} more rules)` : "";
    if (stopped[0] !== undefined) {
      const evidence = `${describeSuspension(stopped[0])}${more}`;
      return { kind: "found", link, cause: "breaker-open", evidence, at, fix: fixOf(jail) };
    }
    if (limited[0] === undefined) return undefined;
    const evidence = `${describeLimit(limited[0])}${more}`;
    return { kind: "found", link, cause: "ban-rate-reached", evidence, at, fix: RATE_FIX };
  }

  return {
    name: "guards",
    async look(_jails, now) {
      allowances.save(now);
      limits.breaker.save();
      limits.save();
    },
    proofs({ live }, now): readonly Proof[] {
      const { name, config } = live.jail;
      const trouble = found(name, now);
      if (trouble !== undefined) return [trouble];
      const delayed = allowances.open(name, now).length;
      const budget =
        config.bans_per_minute === 0
          ? "no rule is ever suspended (bans_per_minute = 0)"
          : `no rule is suspended (limit per rule: ${config.bans_per_minute} bans a minute)`;
      const evidence = `${budget}; ${amount(delayed, "ban")} delayed because of a login`;
      return [{ kind: "proven", link: "guards", evidence, at: now }];
    },
  };
}

/** The guards link: no rule was stopped for banning as no attack would. Also has the allowances written now and then. */
import { formatInstant } from "../../domain/instant.ts";
import type { Proof } from "../../domain/proof.ts";
import { fixOf, type Guards } from "../guards.ts";
import type { JailCheck } from "../jail-check.ts";

export function createGuardsCheck({
  breaker,
  allowances,
}: Pick<Guards, "breaker" | "allowances">): JailCheck {
  return {
    name: "guards",
    look: async (_jails, now) => allowances.save(now),
    proofs({ live }, now): readonly Proof[] {
      const { name, config } = live.jail;
      const open = breaker.list(name);
      const [first] = open;
      if (first !== undefined) {
        const others = open.length > 1 ? ` (and ${open.length - 1} more rules)` : "";
        const evidence = `rule ${first.rule} is stopped since ${formatInstant(first.since)}: ${first.reason}${others}; ${first.spared} offences were not banned`;
        const fix = fixOf(name);
        return [{ kind: "found", link: "guards", cause: "breaker-open", evidence, at: now, fix }];
      }
      const spared = allowances.open(name, now).length;
      const budget =
        config.bans_per_minute === 0
          ? "no rule is ever stopped (bans_per_minute = 0)"
          : `no rule is stopped, each may ban ${config.bans_per_minute} addresses a minute`;
      const evidence = `${budget}; ${spared} spared because somebody is logged in there`;
      return [{ kind: "proven", link: "guards", evidence, at: now }];
    },
  };
}

/** Reports actions of a jail that fail repeatedly: commands, and deliveries of records and reports. */
import type { FailingAction } from "../../actions/failing-action.ts";
import type { Actions } from "../../actions/run-actions.ts";
import { formatInstant } from "../../domain/instant.ts";
import type { Proof } from "../../domain/proof.ts";
import type { JailCheck } from "../jail-check.ts";

const link = "actions";

export function createActionsCheck(actions: Pick<Actions, "failing" | "describe">): JailCheck {
  return {
    name: "actions",
    proofs({ live }): readonly Proof[] {
      const { name, config } = live.jail;
      if (config.actions.tables.length + config.actions.names.length === 0) return [];
      const [first, ...others] = actions.failing(name);
      if (first === undefined) {
        const evidence = ["none of its actions fails", ...actions.describe(name)].join("; ");
        return [{ kind: "unproven", link, evidence }];
      }
      const evidence = describeFailing(first, others.length);
      const fix = "fix" in first ? first.fix : FIX;
      return [{ kind: "found", link, cause: "actions-fail", evidence, at: first.at, fix }];
    },
  };
}

/**
 * Describes a failing action. The support bundle omits what a command printed, behind the colon, which may contain
 * secrets.
 */
export function describeFailing(failing: FailingAction, others: number): string {
  const { action, failures, reason } = failing;
  const times = failures === 1 ? "failed" : `failed ${failures} times in a row`;
  const more = others === 0 ? "" : ` (and ${others} more)`;
  if ("command" in failing)
    return `the ${failing.command} command of action ${action} ${times}: ${reason}${more}`;
  return `action ${action} ${times}, since ${formatInstant(failing.since)}: ${reason}${more}`;
}

const FIX = "run the command by hand as root and correct it; the event action-failed shows it";

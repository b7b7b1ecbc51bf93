/** Reports commands of a jail's actions that fail repeatedly. */
import type { Actions } from "../../actions/run-actions.ts";
import type { Proof } from "../../domain/proof.ts";
import type { JailCheck } from "../jail-check.ts";

const link = "actions";

export function createActionsCheck(actions: Pick<Actions, "failing">): JailCheck {
  return {
    name: "actions",
    proofs({ live }): readonly Proof[] {
      const { name, config } = live.jail;
      if (config.actions.length === 0) return [];
      const [first, ...others] = actions.failing(name);
      if (first === undefined)
        return [{ kind: "unproven", link, evidence: "no command of its actions fails" }];
      const evidence = describeFailing(first, others.length);
      return [{ kind: "found", link, cause: "actions-fail", evidence, at: first.at, fix: FIX }];
    },
  };
}

/** Describes failing commands. The support bundle omits the text after the colon, which may contain secrets. */
export function describeFailing(
  failing: Pick<
    ReturnType<Actions["failing"]>[number],
    "action" | "command" | "failures" | "reason"
  >,
  others: number,
): string {
  const { action, command, failures, reason } = failing;
  const times = failures === 1 ? "failed" : `failed ${failures} times in a row`;
  const more = others === 0 ? "" : ` (and ${others} more)`;
  return `the ${command} command of action ${action} ${times}: ${reason}${more}`;
}

const FIX = "run the command by hand as root and correct it; the event action-failed shows it";

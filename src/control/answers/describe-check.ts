/** Describes whether the configuration on disk is valid, and which settings are wrong or unwise. */
import { enabledJails } from "../../config/config.ts";
import type { CheckReply } from "../check-messages.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, type Result } from "../../domain/result.ts";
import { compileJails } from "../../jails/compile-jails.ts";
import type { Loaded } from "../../jails/load-all.ts";
import { listPolicyDoubts } from "../../jails/policy-doubts.ts";

export function describeCheck(loaded: Result<Loaded, readonly Problem[]>): CheckReply {
  const usable = requireJails(loaded);
  if (!usable.ok) return { ok: false, usable: false, problems: usable.error, warnings: [] };
  const { fail2ban } = usable.value;
  const { problems = [], warnings = [], notes = [] } = fail2ban ?? {};
  return {
    ok: problems.length === 0 && warnings.length === 0,
    usable: true,
    problems,
    warnings: listPolicyDoubts(usable.value),
    ...(fail2ban === undefined ? {} : { fail2ban: { notes, warnings } }),
  };
}

/** Fails with the problems that prevent jails from running, as a reload does. */
function requireJails(
  loaded: Result<Loaded, readonly Problem[]>,
): Result<Loaded, readonly Problem[]> {
  if (!loaded.ok) return loaded;
  const { problems } = compileJails(enabledJails(loaded.value.config), loaded.value, []);
  return problems.length > 0 ? fail(problems) : loaded;
}

/** Describes whether the configuration on disk is valid, and which settings are wrong or unwise. */
import { enabledJails } from "../../config/config.ts";
import { locateKey } from "../../config/locate-key.ts";
import type { CheckReply } from "../check-messages.ts";
import { formatPlace, type Problem } from "../../domain/problem.ts";
import { fail, type Result } from "../../domain/result.ts";
import { checkEnforcers, type EnforcerFault } from "../../firewall/check-enforcers.ts";
import { listHostDoubts } from "../../daemon/host-doubts.ts";
import { compileJails } from "../../jails/compile-jails.ts";
import type { Loaded } from "../../jails/load-all.ts";
import { listPolicyDoubts } from "../../jails/policy-doubts.ts";

export async function describeCheck(
  loaded: Result<Loaded, readonly Problem[]>,
): Promise<CheckReply> {
  const usable = requireJails(loaded);
  if (!usable.ok) return { ok: false, usable: false, problems: usable.error, warnings: [] };
  const { fail2ban, config } = usable.value;
  const { problems = [], warnings = [], notes = [] } = fail2ban ?? {};
  const faults = await checkEnforcers(config);
  const mistakes: Problem[] = [];
  const missing: CheckReply["warnings"][number][] = [];
  for (const fault of faults) {
    const place = await locateKey(config.files, ["enforcers", fault.name]);
    if (fault.isMisconfigured === true) mistakes.push(asProblem(fault, place));
    else missing.push(asDoubt(fault, place));
  }
  return {
    ok: problems.length === 0 && warnings.length === 0 && mistakes.length === 0,
    usable: true,
    problems: [...problems, ...mistakes],
    warnings: [...listPolicyDoubts(usable.value), ...missing, ...(await listHostDoubts(config))],
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

type Place = Awaited<ReturnType<typeof locateKey>>;

/** Returns the problem of an enforcer whose settings are wrong. */
function asProblem({ name, reason, fix }: EnforcerFault, place: Place): Problem {
  return { path: "configuration", ...place, key: `enforcers.${name}`, got: reason, hint: fix };
}

/** Returns the warning of an enforcer that lacks something on this host. */
function asDoubt(
  { name, reason, fix }: EnforcerFault,
  place: Place,
): CheckReply["warnings"][number] {
  const at = place === undefined ? "" : `${formatPlace(place)}: `;
  return { jail: null, doubt: `${at}enforcer ${name} cannot be used: ${reason}`, fix };
}

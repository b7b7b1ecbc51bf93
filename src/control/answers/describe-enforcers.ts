/** Describes the enforcers in the reply of `status`. */
import type { Daemon } from "../../daemon/daemon.ts";
import type { ManagedEnforcer } from "../../firewall/managed-enforcer.ts";
import { adviceFor } from "../../firewall/summarize-enforcers.ts";
import type { EnforcerReply, StatusReply } from "../status-messages.ts";

/** Describes all enforcers in use together. */
export function describeEnforcement({ firewall }: Daemon): StatusReply["enforcer"] {
  const { name, isEnforcing, fix, trouble } = firewall.summary;
  return { name, enforcing: isEnforcing, trouble: trouble ?? null, fix: fix ?? null };
}

export function describeEnforcers({ firewall }: Daemon): readonly EnforcerReply[] {
  return [
    ...firewall.enforcers.map((enforcer) => ({
      ...describeEnforcer(enforcer, "used"),
      chosen_because: enforcer.name === firewall.choice?.name ? firewall.choice.reason : null,
    })),
    ...firewall.leaving.map((enforcer) => describeEnforcer(enforcer, "leaving")),
  ];
}

function describeEnforcer(enforcer: ManagedEnforcer, use: "used" | "leaving"): EnforcerReply {
  const { name, isEnforcing, verdict, trouble, enforcement, abilities } = enforcer;
  const readBack = enforcement?.readBack();
  const forget = `if it no longer exists: bailiff stop, then bailiff clear-firewall --forget ${name}`;
  const advice = adviceFor(enforcer);
  const fix = use === "used" || advice === undefined ? advice : `${advice}; ${forget}`;
  return {
    name,
    chosen_because: null,
    used: use === "used",
    enforcing: isEnforcing,
    verdict: verdict ?? null,
    trouble: trouble ?? null,
    fix: fix ?? null,
    blocks: readBack?.blocks ?? null,
    capacity: abilities?.capacity ?? null,
    left_out: readBack?.leftOut ?? 0,
  };
}

import { observesOnly } from "../config/observes-only.ts";
import type { JailConfig } from "../config/config.ts";

/** What enforces a jail's bans: bailiff's firewall, only commands of its actions, or nothing, by choice. */
export type BanMeans = "firewall" | "actions" | "nothing";

export function banMeansOf({
  enforcer,
  actions,
}: Pick<JailConfig, "enforcer" | "actions">): BanMeans {
  if (!observesOnly({ enforcer })) return "firewall";
  // Native actions are side effects: none of them counts as an enforcer.
  const isBanning = actions.tables.some(
    ({ commands, python }) => python !== undefined || commands.ban !== undefined,
  );
  return isBanning ? "actions" : "nothing";
}

/** Returns why the checks of the firewall do not apply to a jail; undefined if its enforcer is the firewall. */
export function explainNoFirewall(
  config: Pick<JailConfig, "enforcer" | "actions">,
): string | undefined {
  switch (banMeansOf(config)) {
    case "firewall":
      return undefined;
    case "actions":
      return ACTIONS_ONLY;
    case "nothing":
      return "observe only (configured)";
  }
}

export const ACTIONS_ONLY = "it bans by its actions only; bailiff's firewall blocks nothing for it";

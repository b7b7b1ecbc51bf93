/** Lists what channels and actions lack on this host. Neither prevents a start: one that fails affects only itself. */
import { doubtActions } from "../actions/doubt-actions.ts";
import type { Config } from "../config/config.ts";
import type { PolicyDoubt } from "../jails/policy-doubts.ts";
import { doubtChannels } from "../notify/doubt-channels.ts";

export async function listHostDoubts(
  config: Pick<Config, "actions" | "notify" | "files">,
): Promise<readonly PolicyDoubt[]> {
  return [...(await doubtChannels(config)), ...(await doubtActions(config))];
}

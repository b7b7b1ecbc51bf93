/** Loads the last good content of the block lists, for a restore without the daemon. Reads no file and fetches no URL. */
import type { Config } from "../config/config.ts";
import type { BlockList, BlockLists } from "../firewall/block-lists.ts";
import { Lists, type ListsOptions } from "./lists.ts";

export async function loadLists(
  config: Pick<Config, "lists" | "daemon">,
  options: Pick<ListsOptions, "clock" | "emit" | "exempt">,
): Promise<BlockLists> {
  const loaded = new Map<string, BlockList>();
  const lists = new Lists({
    ...{ ...options, state: config.daemon.state, chance: () => 0 },
    apply: async (name, list) => {
      if (list !== undefined) loaded.set(name, list);
    },
  });
  await lists.use(config);
  await lists.close();
  return loaded;
}

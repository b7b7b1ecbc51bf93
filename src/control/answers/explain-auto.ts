import { type Config, enabledJails, enforcersOf } from "../../config/config.ts";
import { AUTO } from "../../config/enforcers/auto.ts";
import { preferTable } from "../../firewall/choose-enforcer.ts";
import { chooseHere } from "../../firewall/open-enforcer.ts";

/** Explains which enforcer `enforcer = "auto"` means on this host; undefined: no enabled jail leaves the choice. */
export async function explainAuto(config: Config): Promise<string | undefined> {
  const lists = config.lists.map((list) => ({ enforcer: enforcersOf(list, config) }));
  const isUsed = [...enabledJails(config), ...lists].some(({ enforcer }) =>
    enforcer.includes(AUTO),
  );
  return isUsed ? await explainChoice(config) : undefined;
}

/** `config`: undefined: only the built-in enforcers exist. */
export async function explainChoice(config?: Config): Promise<string> {
  const choice = await chooseHere();
  const { name, reason } = config === undefined ? choice : preferTable(config, choice);
  return `enforcer = "auto" is ${name} here: ${reason}.`;
}

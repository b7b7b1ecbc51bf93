import type { Config } from "../../config/config.ts";
import { preferTable, usesAuto } from "../../firewall/choose-enforcer.ts";
import { chooseHere } from "../../firewall/open-enforcer.ts";

/** Explains which enforcer `enforcer = "auto"` means on this host; undefined: no jail leaves the choice. */
export async function explainAuto(config: Config): Promise<string | undefined> {
  return usesAuto(config) ? await explainChoice(config) : undefined;
}

/** `config`: undefined: only the built-in enforcers exist. */
export async function explainChoice(config?: Config): Promise<string> {
  const choice = await chooseHere();
  const { name, reason } = config === undefined ? choice : preferTable(config, choice);
  return `enforcer = "auto" is ${name} here: ${reason}.`;
}

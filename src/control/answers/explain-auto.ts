import type { Config } from "../../config/config.ts";
import { usesAuto } from "../../firewall/choose-enforcer.ts";
import { chooseHere } from "../../firewall/open-enforcer.ts";

/** Explains which enforcer `enforcer = "auto"` means on this host; undefined: no jail leaves the choice. */
export async function explainAuto(config: Config): Promise<string | undefined> {
  return usesAuto(config) ? await explainChoice() : undefined;
}

export async function explainChoice(): Promise<string> {
  const { name, reason } = await chooseHere();
  return `enforcer = "auto" is ${name} here: ${reason}.`;
}

/**
 * Checks the enforcers that can be opened without rights on this host, a request or a change: deny lists, commands and
 * edges. Uses the functions that open them for bans.
 */
import type { Config } from "../config/config.ts";
import type { EnforcerKind } from "../config/enforcers/enforcer-kinds.ts";
import { openEnforcer } from "./open-enforcer.ts";
import type { Unusable } from "./nftables.ts";

export interface EnforcerFault extends Unusable {
  readonly name: string;
}

const OPENED: ReadonlySet<EnforcerKind> = new Set(["file", "command", "edge"]);

export async function checkEnforcers({
  enforcers,
}: Pick<Config, "enforcers">): Promise<readonly EnforcerFault[]> {
  const faults: EnforcerFault[] = [];
  for (const config of enforcers.filter(({ kind }) => OPENED.has(kind))) {
    const silent = { ipv6Prefixes: [], isAllowed: () => false, emit: () => undefined };
    const opened = await openEnforcer({ config, ...silent });
    if (opened.ok) await opened.value.close();
    else faults.push({ name: config.name, ...opened.error });
  }
  return faults;
}

import type { JailConfig } from "./config.ts";
import { MEMORY } from "./enforcers/memory.ts";

/** Returns whether a jail records bans and drops nothing. */
export function observesOnly({ enforcer }: Pick<JailConfig, "enforcer">): boolean {
  return enforcer[0] === MEMORY;
}

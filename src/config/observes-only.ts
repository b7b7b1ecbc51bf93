import type { JailConfig } from "./config.ts";
import { AUTO } from "./enforcers/auto.ts";
import { MEMORY } from "./enforcers/memory.ts";

/** Returns whether a jail records bans and drops nothing. */
export function observesOnly({ enforcer }: Pick<JailConfig, "enforcer">): boolean {
  return enforcer[0] === MEMORY;
}

/** Returns the jail as if it dropped packets, to try its policy on old logs. */
export function asEnforced(config: JailConfig): JailConfig {
  return observesOnly(config) ? { ...config, enforcer: [AUTO] } : config;
}

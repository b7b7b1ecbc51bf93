/** Opens an enforcer of any kind. Its module is loaded only when a configuration uses the kind. */
import type { EnforcerConfig } from "../config/enforcers/enforcer-kinds.ts";
import type { Enforcer } from "../domain/enforcer.ts";
import type { Result } from "../domain/result.ts";
import type { Emit } from "../telemetry/events.ts";
import type { IsAllowed } from "./admit-change.ts";
import type { Unusable } from "./nftables.ts";

export interface OpenEnforcerOptions {
  readonly config: EnforcerConfig;
  /** Prefix lengths with which jails ban IPv6. */
  readonly ipv6Prefixes: readonly number[];
  readonly isAllowed: IsAllowed;
  readonly emit: Emit;
}

/** Fails with what is missing and how to fix it. */
export async function openEnforcer({
  config,
  ...options
}: OpenEnforcerOptions): Promise<Result<Enforcer, Unusable>> {
  switch (config.kind) {
    case "nftables":
      return (await import("./nftables.ts")).openNftables(options);
  }
}

/** Opens an enforcer of any kind. Its module is loaded only when a configuration uses the kind. */
import { ENFORCER_KINDS, type EnforcerConfig } from "../config/enforcers/enforcer-kinds.ts";
import type { Enforcer } from "../domain/enforcer.ts";
import type { Result } from "../domain/result.ts";
import { systemClock } from "../host/system-clock.ts";
import type { Emit } from "../telemetry/events.ts";
import { readNftablesSupport } from "../host/kernel/firewall-use.ts";
import { findProgram } from "../host/process/find-program.ts";
import { chooseEnforcer, type EnforcerChoice } from "./choose-enforcer.ts";
import type { IsAllowed } from "./admit-change.ts";
import type { Unusable } from "./nftables.ts";
import { verdictOf } from "./verdict.ts";

export interface OpenEnforcerOptions {
  readonly config: EnforcerConfig;
  /** Prefix lengths with which jails ban IPv6. */
  readonly ipv6Prefixes: readonly number[];
  readonly isAllowed: IsAllowed;
  readonly emit: Emit;
  /** Runs a reload of firewalld, which flushes the tables of iptables. Default: nothing is done around it. */
  readonly aroundReload?: (reload: () => Promise<void>) => Promise<void>;
}

/** Chooses the enforcer for `enforcer = "auto"` on this host. */
export async function chooseHere(): Promise<EnforcerChoice> {
  const nftables = await readNftablesSupport();
  const hasIptables = !nftables.usable && findProgram("iptables") !== undefined;
  return chooseEnforcer({ nftables, hasIptables }, Object.keys(ENFORCER_KINDS));
}

/** Fails with what is missing and how to fix it. */
export async function openEnforcer({
  config,
  ...options
}: OpenEnforcerOptions): Promise<Result<Enforcer, Unusable>> {
  const { name } = config;
  switch (config.kind) {
    case "nftables":
      return (await import("./nftables.ts")).openNftables({
        verdict: verdictOf(config.settings),
        ...options,
      });
    case "nftables-set": {
      const { openNftablesSet } = await import("./nftables-set.ts");
      return openNftablesSet({ ...config.settings, clock: systemClock, ...options });
    }
    case "iptables": {
      const verdict = verdictOf(config.settings);
      const { openIptables } = await import("./iptables.ts");
      return openIptables({ ...config.settings, verdict, ...options });
    }
    case "firewalld": {
      const { openFirewalld } = await import("./firewalld.ts");
      return openFirewalld({ ...config.settings, ...options });
    }
    case "route":
      return (await import("./route.ts")).openRoute({ ...config.settings, ...options });
    case "file": {
      const { template, comment, format, ...settings } = config.settings;
      const form = template === undefined ? format : { template, comment };
      const { openDenyFile } = await import("./deny-file.ts");
      return openDenyFile({ ...settings, format: form, name, clock: systemClock, ...options });
    }
    case "command":
      return (await import("./command.ts")).openCommand({ ...config.settings, name, ...options });
    case "edge": {
      const { token_file, credential, ...settings } = config.settings;
      const secret = { token_file, credential };
      const { openEdge } = await import("./edge.ts");
      return openEdge({ ...settings, secret, name, clock: systemClock, ...options });
    }
  }
}

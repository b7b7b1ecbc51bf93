import type { Enforcer } from "../domain/enforcer.ts";
import type { FirewallUse } from "../domain/firewall-use.ts";
import type { Result } from "../domain/result.ts";
import type { NamespaceLock } from "../host/kernel/namespace-lock.ts";
import type { Emit } from "../telemetry/events.ts";
import type { EnforcerChoice } from "./choose-enforcer.ts";
import type { Unusable } from "./nftables.ts";
import type { OpenEnforcerOptions } from "./open-enforcer.ts";

/** Opens the enforcers of a network namespace. */
export interface FirewallPort {
  /**
   * Prevents other daemons from banning in this network namespace until released. `state` is the path of this daemon's
   * database. Returns undefined if this process may not change the firewall anyway. Fails with the current owner.
   */
  lock(owner: {
    readonly state: string;
    readonly emit: Emit;
  }): Promise<Result<NamespaceLock | undefined, string>>;
  /** Chooses the enforcer for `enforcer = "auto"`. */
  choose(): Promise<EnforcerChoice>;
  /** Reads what this host uses to filter packets, beside bailiff. */
  readUse(): Promise<FirewallUse>;
  /** Opens an enforcer. Fails with what is missing and how to fix it. */
  open(options: OpenEnforcerOptions): Promise<Result<Enforcer, Unusable>>;
}

/** Opens enforcers after locking the network namespace, so that no other daemon bans there. */
import type { Enforcer } from "../../domain/enforcer.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { NamespaceLock } from "../../host/kernel/namespace-lock.ts";
import type { FirewallPort } from "../firewall-port.ts";
import type { Unusable } from "../nftables.ts";
import type { OpenEnforcerOptions } from "../open-enforcer.ts";

export interface LockedPortOptions {
  readonly port: Pick<FirewallPort, "lock" | "open">;
  /** The path of the database, which other daemons that want to ban here show. */
  readonly state: string;
  /** The lock, if it is already held. */
  readonly lock: NamespaceLock | undefined;
}

export class LockedPort {
  readonly #options: LockedPortOptions;
  #lock: Promise<Result<NamespaceLock | undefined, string>> | undefined;

  constructor(options: LockedPortOptions) {
    this.#options = options;
    this.#lock = options.lock === undefined ? undefined : Promise.resolve(ok(options.lock));
  }

  async open(enforcer: OpenEnforcerOptions): Promise<Result<Enforcer, Unusable>> {
    const { port, state } = this.#options;
    const { emit } = enforcer;
    this.#lock ??= port.lock({ state, emit });
    const locked = await this.#lock;
    if (locked.ok) return port.open(enforcer);
    this.#lock = undefined;
    const fix = 'end one of them, or let one only observe (enforcer = "memory")';
    return fail({ reason: locked.error, fix });
  }

  async release(): Promise<void> {
    const locked = await this.#lock;
    if (locked?.ok === true) locked.value?.release();
  }
}

/**
 * Holds in nftables the bans of iptables while bailiff reloads firewalld, which flushes the tables of iptables, until
 * the chains of the iptables enforcer are repaired. Without nf_tables nothing can hold them, and they are missing for
 * that time.
 */
import { completeEnforcer } from "../../config/resolve-enforcers.ts";
import type { EnforcerConfig } from "../../config/enforcers/enforcer-kinds.ts";
import type { ManagedEnforcer } from "../managed-enforcer.ts";

export interface ReloadHoldOptions {
  /** The enforcers that hold bans, by place. */
  readonly holders: () => readonly (readonly [place: string, enforcer: ManagedEnforcer])[];
  /** Returns the enforcer of this place, which need not be opened yet; creates a missing one. */
  readonly take: (config: EnforcerConfig) => Promise<ManagedEnforcer>;
  /** Must be called when the place need not hold more bans than it is assigned. */
  readonly release: (place: string) => void;
}

export class ReloadHold {
  readonly #options: ReloadHoldOptions;
  readonly #config = completeEnforcer("nftables", "nftables", () => undefined);
  #places: readonly string[] = [];

  constructor(options: ReloadHoldOptions) {
    this.#options = options;
  }

  /** Returns the places whose bans an enforcer of this place must hold, too. */
  heldBy(place: string): readonly string[] {
    return place === this.#config.place ? this.#places : [];
  }

  readonly during = async (reload: () => Promise<void>): Promise<void> => {
    const flushed = this.#options.holders().filter(([, { kind }]) => kind === "iptables");
    if (flushed.length === 0) return reload();
    this.#places = flushed.map(([place]) => place);
    try {
      const holder = await this.#options.take(this.#config);
      await holder.open();
      await holder.restart();
      await reload();
      await Promise.all(flushed.map(([, enforcer]) => enforcer.reconcile("request")));
    } finally {
      this.#places = [];
      this.#options.release(this.#config.place);
    }
  };
}

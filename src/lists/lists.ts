/** Owns the block lists of the configuration: puts them in force, and changes them with it. */
import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/config.ts";
import { maskIp, splitSubject, type Subject } from "../domain/cidr.ts";
import type { AlarmClock } from "../domain/clock.ts";
import type { PortScope } from "../domain/port-scope.ts";
import type { BlockList } from "../firewall/block-lists.ts";
import type { Emit } from "../telemetry/events.ts";
import { ListCopies } from "./list-copy.ts";
import { ListKeeper, type ListState } from "./list-keeper.ts";

export interface ListsOptions {
  /** The directory of the database. */
  readonly state: string;
  readonly clock: AlarmClock;
  readonly chance: () => number;
  readonly emit: Emit;
  readonly exempt: () => Iterable<Subject>;
  readonly apply: (name: string, list: BlockList | undefined) => Promise<void>;
}

/** A list that blocks a subject, and the network in it that covers the subject. */
export interface Covering {
  readonly list: string;
  readonly network: Subject;
  readonly ports: PortScope;
}

export class Lists {
  readonly #options: ListsOptions;
  readonly #copies: ListCopies;
  readonly #keepers = new Map<string, ListKeeper>();
  /** Those that did not look yet. */
  #fresh: readonly ListKeeper[] = [];

  constructor(options: ListsOptions) {
    this.#options = options;
    this.#copies = new ListCopies(options.state);
  }

  get states(): readonly ListState[] {
    return [...this.#keepers.values()].map(({ state }) => state);
  }

  /**
   * Replaces lists that changed, and puts their last good content in force. Must be called before the enforcers of the
   * configuration are opened, so that none of them removes what stays listed.
   */
  async use({ lists }: Pick<Config, "lists">): Promise<void> {
    const { apply } = this.#options;
    const names = new Set(lists.map(({ name }) => name));
    for (const [name, keeper] of this.#keepers) {
      if (names.has(name)) continue;
      this.#keepers.delete(name);
      await keeper.close();
      await apply(name, undefined);
    }
    const fresh: ListKeeper[] = [];
    for (const config of lists) {
      const before = this.#keepers.get(config.name);
      if (isDeepStrictEqual(before?.state.config, config)) continue;
      await before?.close();
      const keeper = new ListKeeper({
        ...{ ...this.#options, config, copies: this.#copies },
        apply: (list) => apply(config.name, list),
      });
      this.#keepers.set(config.name, keeper);
      await keeper.load();
      fresh.push(keeper);
    }
    this.#fresh = [...this.#fresh, ...fresh];
  }

  /** Begins to look at new lists. `all`: looks at the others once, too. */
  begin({ all }: { readonly all: boolean }): void {
    const fresh = this.#fresh;
    this.#fresh = [];
    this.#copies.keepOnly(new Set(this.#keepers.keys()));
    for (const keeper of fresh) void keeper.begin();
    if (!all) return;
    for (const keeper of this.#keepers.values()) if (!fresh.includes(keeper)) void keeper.look();
  }

  /** Must be called after the exemptions may have changed. */
  async refresh(): Promise<void> {
    for (const keeper of this.#keepers.values()) await keeper.refresh();
  }

  /** Returns the lists that block all of a subject. */
  covering(subject: Subject): readonly Covering[] {
    const { ip, prefix } = splitSubject(subject);
    const around = Array.from({ length: prefix + 1 }, (_, length) => maskIp(ip, length));
    return [...this.#keepers].flatMap(([list, keeper]) => {
      const network = keeper.covers(around);
      return network === undefined ? [] : [{ list, network, ports: keeper.state.config.ports }];
    });
  }

  /** Stops, and removes every list from the firewall. */
  async withdraw(): Promise<void> {
    await this.close();
    for (const name of this.#keepers.keys()) await this.#options.apply(name, undefined);
  }

  /** Stops. What is in force stays. */
  async close(): Promise<void> {
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.close()));
  }
}

/** Implements the view of the ban book that one enforcer has. Opening the view registers the enforcer. */
import type { Block } from "../domain/enforcer.ts";
import type { EnforcerDemand, EnforcerView } from "../domain/enforcer-view.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import { ALL_PORTS, type PortScope } from "../domain/port-scope.ts";
import type { Store } from "./store.ts";
import { type EnforcerViews, heldScope, type RegisteredEnforcer } from "./tables/enforcer-views.ts";

type BlockKey = Pick<Block, "subject" | "scope">;

export class BookView implements EnforcerView {
  readonly #store: Store;
  readonly #views: EnforcerViews;
  readonly #enforcer: RegisteredEnforcer;

  constructor(store: Store, views: EnforcerViews, demand: EnforcerDemand) {
    this.#store = store;
    this.#views = views;
    this.#enforcer = views.add(demand);
  }

  scopeOf(scope: PortScope): PortScope {
    return heldScope(this.#enforcer.demand, scope);
  }

  holds(jail: JailName, scope: PortScope): boolean {
    return this.#enforcer.demand.dutyFor(jail, scope) !== "none";
  }

  countBans(): number {
    let bans = 0;
    for (const [jail, count] of this.#store.read((tables) => tables.bans.count()))
      if (this.holds(jail, ALL_PORTS)) bans += count;
    return bans;
  }

  desiredBlocks(now: Instant): Iterable<Block> {
    return this.#store.walk((tables) => tables.bans.blocks(this.#enforcer.demand, now));
  }

  blockAfter(key: BlockKey, now: Instant): Block | undefined {
    return this.#store.read((tables) => tables.bans.blockAfter(this.#enforcer.demand, key, now));
  }

  beginChanges(): ReturnType<EnforcerView["beginChanges"]> {
    const { confirmations } = this.#enforcer;
    const mark = confirmations.mark();
    return (confirmed) => {
      for (const { subject, scope } of confirmed) confirmations.confirm(subject, scope, mark);
    };
  }

  markPending({ subject, scope }: BlockKey, error: string): void {
    this.#enforcer.confirmations.doubt(subject, scope, error);
  }

  markAllPending(error: string | undefined): void {
    this.#enforcer.confirmations.doubtAll(error);
  }

  beginComparison(): () => void {
    const { confirmations } = this.#enforcer;
    const mark = confirmations.mark();
    return () => confirmations.trustAllBut(mark);
  }

  close(): void {
    this.#views.remove(this.#enforcer);
  }
}

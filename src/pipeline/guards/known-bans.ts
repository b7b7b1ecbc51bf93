/**
 * Keeps bans of addresses with logins over a restart, because within an hour they count toward stopping their rule.
 * Bounded by the rules that made one within an hour, and by the budget of each.
 */
import { HOUR, type PlannedBan } from "../../detect/ban-budget.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { instant, isInstant } from "../../domain/instant.ts";
import type { StateStore } from "../../record/state-store.ts";
import { loadList } from "../load-list.ts";

const NAME = "known-bans";

export class KnownBans {
  readonly #stateStore: StateStore;
  /** By jail and rule. */
  #bans: ReadonlyMap<string, readonly PlannedBan[]>;

  constructor(stateStore: StateStore) {
    this.#stateStore = stateStore;
    const all = loadList(stateStore, NAME).flatMap(read);
    const rules = Map.groupBy(all, ({ key }) => key);
    this.#bans = new Map([...rules].map(([key, list]) => [key, list.map(({ ban }) => ban)]));
  }

  of(key: string): readonly PlannedBan[] {
    return this.#bans.get(key) ?? [];
  }

  /** Replaces the bans of a rule, and drops those of others that are too old to count. */
  set(key: string, bans: readonly PlannedBan[]): void {
    const newest = Math.max(...bans.map(({ at }) => at));
    const isRecent = (list: readonly PlannedBan[]): boolean =>
      list.some(({ at }) => at >= newest - HOUR);
    const others = [...this.#bans].filter(([other, list]) => other !== key && isRecent(list));
    this.#save([...others, [key, bans]]);
  }

  delete(key: string): void {
    if (this.#bans.has(key)) this.#save([...this.#bans].filter(([other]) => other !== key));
  }

  shift(step: number): void {
    if (this.#bans.size === 0) return;
    const shifted = (list: readonly PlannedBan[]): readonly PlannedBan[] =>
      list.map((ban) => ({ ...ban, at: instant(ban.at + step) }));
    this.#save([...this.#bans].map(([key, list]) => [key, shifted(list)]));
  }

  #save(bans: readonly (readonly [string, readonly PlannedBan[]])[]): void {
    this.#bans = new Map(bans);
    const saved = bans.flatMap(([key, list]) => list.map((ban) => ({ ...ban, key })));
    this.#stateStore.save(NAME, JSON.stringify(saved));
  }
}

function read(
  one: Readonly<Record<string, unknown>>,
): readonly { readonly key: string; readonly ban: PlannedBan }[] {
  const { key, at, accounts } = one;
  const subject = parseSubject(String(one["subject"]));
  if (typeof key !== "string" || subject === undefined || !isInstant(at)) return [];
  if (!Array.isArray(accounts)) return [];
  return [{ key, ban: { subject, at: instant(at), accounts: accounts.map(String) } }];
}

/**
 * Holds the block lists: addresses and networks that are blocked without a ban. A list is replaced as a whole. Each
 * enforcer sees its lists through `viewWithLists`, as if they were part of the ban book, so bans and lists use the same
 * comparison, repair and limits, and one subject may be in both.
 */
import type { Subject } from "../domain/cidr.ts";
import type { Block } from "../domain/enforcer.ts";
import type { EnforcerView } from "../domain/enforcer-view.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { PortScope } from "../domain/port-scope.ts";
import type { BanKey, BlockKey } from "./ban-key.ts";

export interface BlockList {
  /** Decides which enforcers hold it, like the jail of a ban. */
  readonly owner: JailName;
  readonly scope: PortScope;
  readonly subjects: ReadonlySet<Subject>;
}

/** The lists by their names. */
export type BlockLists = ReadonlyMap<string, BlockList>;

/** Yields what changes when `before` becomes `after`: additions come first, so that nothing is open in between. */
export function* listChanges(
  before: BlockList | undefined,
  after: BlockList | undefined,
): Generator<BanKey, undefined> {
  for (const [one, other] of [
    [after, before],
    [before, after],
  ] as const) {
    if (one === undefined) continue;
    const { owner: jail, scope, subjects } = one;
    const known = other?.scope === scope ? other.subjects : new Set();
    for (const subject of subjects) if (!known.has(subject)) yield { jail, scope, subject };
  }
}

/** Returns the view of an enforcer with the blocks of the lists that it must hold. `lists` is read at each call. */
export function viewWithLists(view: EnforcerView, lists: () => BlockLists): EnforcerView {
  const held = (): readonly BlockList[] =>
    [...lists().values()].filter(({ owner, scope }) => view.holds(owner, scope));
  const isListed = (key: BlockKey): boolean => held().some((list) => wants(view, list, key));
  return {
    scopeOf: (scope) => view.scopeOf(scope),
    holds: (jail, scope) => view.holds(jail, scope),
    countBans: () => held().reduce((sum, { subjects }) => sum + subjects.size, view.countBans()),
    desiredBlocks: (now) => unionOf(view, held(), now),
    blockAfter(key, now) {
      const ban = view.blockAfter(key, now);
      if (!isListed(key)) return ban;
      const block = { subject: key.subject, scope: key.scope, until: "forever" } as const;
      return ban === undefined ? { ...block, isListed: true } : block;
    },
    beginChanges: () => view.beginChanges(),
    markPending(key, error) {
      // The state of a listed subject without a ban is not recorded: nobody would ask for it.
      if (isListed(key) && view.blockAfter(key, instant(0)) === undefined) return;
      view.markPending(key, error);
    },
    markAllPending: (error) => view.markAllPending(error),
    beginComparison: () => view.beginComparison(),
    close: () => view.close(),
  };
}

function wants(view: EnforcerView, list: BlockList, { subject, scope }: BlockKey): boolean {
  return view.scopeOf(list.scope) === scope && list.subjects.has(subject);
}

/** Yields each block once, also if several lists, or a list and a ban, want it. */
function* unionOf(
  view: EnforcerView,
  lists: readonly BlockList[],
  now: Instant,
): Generator<Block, undefined> {
  const both = new Set<string>();
  for (const ban of view.desiredBlocks(now)) {
    if (!lists.some((list) => wants(view, list, ban))) {
      yield ban;
      continue;
    }
    both.add(`${ban.subject} ${ban.scope}`);
    yield { ...ban, until: "forever" };
  }
  for (const [i, list] of lists.entries()) {
    const scope = view.scopeOf(list.scope);
    const earlier = lists.slice(0, i);
    for (const subject of list.subjects) {
      const key = { subject, scope };
      if (both.has(`${subject} ${scope}`) || earlier.some((one) => wants(view, one, key))) continue;
      yield { ...key, until: "forever", isListed: true };
    }
  }
}

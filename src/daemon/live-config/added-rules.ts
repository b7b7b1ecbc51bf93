/** Finds rules that a reload added to filters in use. */
import { amount } from "../../domain/amount.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";

/** Maximum number of rules that are named for each filter. */
const MAX_NAMED = 5;

/** Returns one text for each filter with new rules, such as "sshd: refused-user". New filters are no addition. */
export function addedRules(
  before: readonly Pick<LiveJail, "definition">[],
  now: readonly Pick<LiveJail, "definition">[],
): readonly string[] {
  const old = new Map(before.map(({ definition }) => [definition.name, idsOf(definition)]));
  const present = new Map(now.map(({ definition }) => [definition.name, idsOf(definition)]));
  return [...present].flatMap(([filter, ids]) => {
    const known = old.get(filter);
    const added = known === undefined ? [] : [...ids].filter((id) => !known.has(id));
    const more = added.length - MAX_NAMED;
    const rest = more > 0 ? ` and ${amount(more, "more rule")}` : "";
    return added.length === 0 ? [] : [`${filter}: ${added.slice(0, MAX_NAMED).join(", ")}${rest}`];
  });
}

function idsOf({ rules }: LiveJail["definition"]): ReadonlySet<string> {
  return new Set(rules.map(({ id }) => id));
}

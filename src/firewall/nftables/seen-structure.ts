/**
 * The way a packet takes to our rules, as a reading shows it: whether packets come by at all does not follow from the
 * structure being as it was before, so it is held against what the structure must be.
 */
import { amount } from "../../domain/amount.ts";
import { BASE_CHAIN, BASE_HOOK, BASE_PRIORITY } from "./structure.ts";

export interface SeenStructure {
  /** Of our base chain; undefined: there is none, or no packet passes it. */
  readonly hook: string | undefined;
  readonly priority: number | undefined;
  readonly policy: string | undefined;
  /** A dormant table is there and does nothing. */
  readonly dormant: boolean;
  readonly rules: number;
  readonly sets: number;
  /** Chains in our table that are none of ours: made there by others, or ours under another name. */
  readonly strangers: readonly string[];
}

/** What is wrong with it. */
export function faultIn(seen: SeenStructure): string | undefined {
  if (seen.dormant) return "the table is dormant";
  if (seen.hook !== BASE_HOOK || seen.priority !== BASE_PRIORITY)
    return `chain ${BASE_CHAIN} is at ${seen.hook ?? "no hook"} ${seen.priority ?? ""}`.trimEnd();
  return seen.policy === "accept" ? undefined : `chain ${BASE_CHAIN} has policy ${seen.policy}`;
}

export function describeStructure(table: string, seen: SeenStructure): string {
  const { hook, priority, rules, sets } = seen;
  return `table inet ${table}, chain ${BASE_CHAIN} at ${hook} ${priority}, ${amount(rules, "rule")}, ${amount(sets, "set")}`;
}

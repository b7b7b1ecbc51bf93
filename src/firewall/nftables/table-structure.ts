/**
 * Describes the path of a packet to our rules, as read from the kernel. An unchanged structure does not prove that
 * packets pass it, so it is compared with what it must be.
 */
import { amount } from "../../domain/amount.ts";
import { BASE_CHAIN, BASE_HOOK, BASE_PRIORITY, type Structure } from "./structure.ts";

export interface TableStructure {
  /** The hook of our base chain; undefined: the chain does not exist, or has no hook. */
  readonly hook: string | undefined;
  readonly priority: number | undefined;
  readonly policy: string | undefined;
  /** A dormant table exists but does nothing. */
  readonly dormant: boolean;
  readonly rules: number;
  readonly sets: number;
  /** Chains in our table that are not ours: created by other programs, or renamed. */
  readonly strangers: readonly string[];
}

/** Describes what is wrong with the structure; undefined: nothing. */
export function faultIn(structure: TableStructure): string | undefined {
  if (structure.dormant) return "the table is dormant";
  if (structure.hook !== BASE_HOOK || structure.priority !== BASE_PRIORITY)
    return `chain ${BASE_CHAIN} is at ${structure.hook ?? "no hook"} ${structure.priority ?? ""}`.trimEnd();
  return structure.policy === "accept"
    ? undefined
    : `chain ${BASE_CHAIN} has policy ${structure.policy}`;
}

export function describeStructure(
  { table, verdict }: Pick<Structure, "table" | "verdict">,
  structure: TableStructure,
): string {
  const { hook, priority, rules, sets } = structure;
  const answer = verdict.kind === "reject" ? `, rejecting with ${verdict.with}` : "";
  return `table inet ${table}, chain ${BASE_CHAIN} at ${hook} ${priority}, ${amount(rules, "rule")}, ${amount(sets, "set")}${answer}`;
}

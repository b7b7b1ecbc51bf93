/** Resolves the daemon's changes to elements of kernel sets, after validating them. */
import { splitSubject } from "../../domain/cidr.ts";
import type { Change, Refusal } from "../../domain/enforcer.ts";
import { admitChange, type IsAllowed } from "../admit-change.ts";
import { type SetKey, setKeyOf, setNameOf } from "./set-key.ts";
import type { ElementChange } from "./transaction.ts";

export interface ResolvedChange {
  readonly change: Change;
  readonly element: ElementChange;
}

export interface Resolution {
  readonly refusals: readonly Refusal[];
  readonly resolved: readonly ResolvedChange[];
  /** Sets that the resolved changes need and that do not exist yet. */
  readonly missing: readonly SetKey[];
}

export function resolveChanges(
  changes: readonly Change[],
  known: ReadonlyMap<string, SetKey>,
  isAllowed: IsAllowed,
): Resolution {
  const refusals: Refusal[] = [];
  const resolved: ResolvedChange[] = [];
  const missing = new Map<string, SetKey>();
  for (const change of changes) {
    const refusal = admitChange(change, isAllowed);
    if (refusal !== undefined) {
      refusals.push(refusal);
      continue;
    }
    const key = setKeyOf(change.subject, change.scope);
    const set = setNameOf(key);
    if (!known.has(set)) {
      // Nothing can be removed from a set that does not exist.
      if (change.kind === "remove" && !missing.has(set)) continue;
      missing.set(set, key);
    }
    const until = change.kind === "add" ? change.until : "absent";
    resolved.push({ change, element: { set, ip: splitSubject(change.subject).ip, until } });
  }
  return { refusals, resolved, missing: [...missing.values()] };
}

/** Resolves the daemon's changes to members of scopes, after validating them. Of several changes to one the last counts. */
import { type Subject, splitSubject } from "../../domain/cidr.ts";
import type { Change, Refusal } from "../../domain/enforcer.ts";
import type { Family } from "../../domain/ip.ts";
import type { Instant, Until } from "../../domain/instant.ts";
import { admitChange, type IsAllowed } from "../admit-change.ts";
import { type ScopeKey, scopeNameOf } from "./scope-name.ts";

/** What becomes of one block. Nothing but validated values: they reach the parsers of ipset and iptables. */
export interface MemberChange {
  /** The latest change of this block. */
  readonly change: Change;
  readonly key: ScopeKey;
  /** Name of the set or chain of the scope. */
  readonly name: string;
  readonly subject: Subject;
  /** The new end; "absent": remove it. */
  readonly until: Until | "absent";
}

export interface Resolution {
  readonly refusals: readonly Refusal[];
  readonly members: readonly MemberChange[];
  /** Scopes that the members need and that do not exist yet. */
  readonly missing: readonly ScopeKey[];
}

export interface ResolveOptions {
  readonly isAllowed: IsAllowed;
  readonly families: readonly Family[];
  /** Existing scopes, by name. */
  readonly known: ReadonlyMap<string, ScopeKey>;
}

export function resolveChanges(
  changes: readonly Change[],
  options: ResolveOptions,
  now: Instant,
): Resolution {
  const refusals: Refusal[] = [];
  const members = new Map<string, MemberChange>();
  const missing = new Map<string, ScopeKey>();
  for (const change of changes) {
    const refusal = admitChange(change, options.isAllowed) ?? refuseUnsupported(change, options);
    if (refusal !== undefined) {
      refusals.push(refusal);
      continue;
    }
    const { subject } = change;
    const key = { family: splitSubject(subject).family, scope: change.scope };
    const name = scopeNameOf(key);
    const until = change.kind === "remove" || hasEnded(change.until, now) ? "absent" : change.until;
    if (!options.known.has(name)) {
      // Nothing can be removed from a scope that does not exist.
      if (until === "absent" && !missing.has(name)) continue;
      missing.set(name, key);
    }
    members.set(`${name} ${subject}`, { change, key, name, subject, until });
  }
  return { refusals, members: [...members.values()], missing: [...missing.values()] };
}

function hasEnded(until: Until, now: Instant): boolean {
  return until !== "forever" && until <= now;
}

function refuseUnsupported(change: Change, { families }: ResolveOptions): Refusal | undefined {
  const { family, prefix } = splitSubject(change.subject);
  if (change.kind === "remove") return undefined;
  if (!families.includes(family)) return refuse(change, "IPv6 is disabled on this host");
  // An ipset has no element for it, and a rule would be printed without its address.
  return prefix === 0 ? refuse(change, "this enforcer cannot block all addresses") : undefined;
}

function refuse(change: Change, error: string): Refusal {
  return { change, error, retryable: false };
}

/**
 * Applies changes to firewalld's sets. Changes of new port scopes or prefix lengths first add their sets. What firewalld
 * refuses is tried once more on a repaired structure.
 */
import { type Subject, splitSubject } from "../../domain/cidr.ts";
import type { Change, Refusal } from "../../domain/enforcer.ts";
import type { Instant } from "../../domain/instant.ts";
import { reasonOf } from "../../host/explain-system-error.ts";
import { admitChange, type IsAllowed } from "../admit-change.ts";
import { MAX_FIREWALLD_ENTRIES } from "../enforcer-abilities.ts";
import type { Bus } from "./bus.ts";
import { changeEntries } from "./change-entries.ts";
import { pairNameOf, type SetKey, setKeyOf } from "./set-name.ts";
import type { Structure } from "./structure.ts";

export interface ApplyTo {
  readonly bus: Bus;
  readonly structure: Structure;
  readonly isAllowed: IsAllowed;
}

/** The last change of each block in one pair of sets. */
interface PairChanges {
  readonly key: SetKey;
  readonly changes: Map<Subject, Change>;
}

export async function applyChanges(
  { bus, structure, isAllowed }: ApplyTo,
  changes: readonly Change[],
  now: Instant,
): Promise<readonly Refusal[]> {
  const { refusals, pairs } = groupByPair(changes, isAllowed);
  const refused = [...refusals, ...refuseOverCapacity(pairs, structure, now)];
  const isNew = ({ key }: PairChanges): boolean => !structure.has(key);
  try {
    const missing = pairs.filter((pair) => isNew(pair) && hasAdditions(pair, now));
    if (missing.length > 0 || !structure.isSound())
      await structure.prepare(missing.map(({ key }) => key));
  } catch (error) {
    return [...refused, ...pairs.flatMap((pair) => refuseAll(pair, reasonOf(error)))];
  }
  for (const pair of pairs) {
    // Nothing can be removed from sets that do not exist.
    if (isNew(pair)) continue;
    const run = (): Promise<ReadonlyMap<string, string>> =>
      changeEntries(bus, structure.entries, { key: pair.key, wanted: statesOf(pair, now) });
    let failed = await run();
    if (failed.size > 0) {
      // Its error, if there is one, is that of the second attempt too.
      await structure.prepare().catch(() => undefined);
      failed = await run();
    }
    for (const [entry, error] of failed) {
      const change = pair.changes.get(entry as Subject);
      if (change !== undefined) refused.push({ change, error, retryable: true });
    }
  }
  return refused;
}

function groupByPair(
  changes: readonly Change[],
  isAllowed: IsAllowed,
): { readonly refusals: readonly Refusal[]; readonly pairs: readonly PairChanges[] } {
  const refusals: Refusal[] = [];
  const pairs = new Map<string, PairChanges>();
  for (const change of changes) {
    const refusal = admitChange(change, isAllowed) ?? refuseEverything(change);
    if (refusal !== undefined) {
      refusals.push(refusal);
      continue;
    }
    const key = setKeyOf(change.subject, change.scope);
    const pair = pairs.getOrInsertComputed(pairNameOf(key), () => ({ key, changes: new Map() }));
    pair.changes.set(change.subject, change);
  }
  return { refusals, pairs: [...pairs.values()] };
}

function refuseEverything(change: Change): Refusal | undefined {
  if (change.kind === "remove" || splitSubject(change.subject).prefix > 0) return undefined;
  return { change, error: "a set of firewalld cannot hold a whole family", retryable: false };
}

/** Takes additions out of `pairs` for which there is no room. */
function refuseOverCapacity(
  pairs: readonly PairChanges[],
  structure: Structure,
  now: Instant,
): readonly Refusal[] {
  let room =
    MAX_FIREWALLD_ENTRIES - structure.entries.values().reduce((sum, { size }) => sum + size, 0);
  const refusals: Refusal[] = [];
  for (const { key, changes } of pairs) {
    for (const [subject, change] of changes) {
      if (!isAddition(change, now) || structure.holds(key, subject)) continue;
      room--;
      if (room >= 0) continue;
      changes.delete(subject);
      const error = `firewalld holds at most ${MAX_FIREWALLD_ENTRIES} blocks of ours`;
      refusals.push({ change, error, retryable: true });
    }
  }
  return refusals;
}

function isAddition(change: Change, now: Instant): boolean {
  return change.kind === "add" && (change.until === "forever" || change.until > now);
}

function hasAdditions({ changes }: PairChanges, now: Instant): boolean {
  return changes.values().some((change) => isAddition(change, now));
}

function statesOf(
  { changes }: PairChanges,
  now: Instant,
): ReadonlyMap<string, "present" | "absent"> {
  return new Map(
    [...changes].map(([subject, change]) => [
      subject,
      isAddition(change, now) ? "present" : "absent",
    ]),
  );
}

function refuseAll({ changes }: PairChanges, error: string): readonly Refusal[] {
  return [...changes.values()].map((change) => ({ change, error, retryable: true }));
}

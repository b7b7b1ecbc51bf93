/**
 * Applies changes in transactions of bounded size. Retries a failed one on a repaired structure, then halves it until
 * the changes that the kernel refuses are isolated: all others take effect.
 */
import type { Change, Refusal } from "../../domain/enforcer.ts";
import type { Instant } from "../../domain/instant.ts";
import type { IsAllowed } from "../admit-change.ts";
import { nextTurn } from "../../host/timers.ts";
import { describeUnusable, explainUnusable } from "./explain-error.ts";
import type { Kernel } from "./kernel.ts";
import { type ResolvedChange, resolveChanges } from "./resolve-changes.ts";
import type { Table } from "./table.ts";
import { planTransaction } from "./transaction.ts";

/** Number of elements in one transaction, which blocks the daemon for 2 to 3 ms. */
const CHUNK = 1000;

/**
 * Maximum number of transactions in the search for refused changes of one chunk. A transaction that fails costs 15 ms,
 * so a chunk with many bad changes is not searched completely: the unsearched part is refused as a whole, and retried
 * later.
 */
const MAX_TRANSACTIONS = 128;

export interface ApplyTo {
  readonly kernel: Kernel;
  readonly table: Table;
  readonly isAllowed: IsAllowed;
}

export async function applyChanges(
  to: ApplyTo,
  changes: readonly Change[],
  now: Instant,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (let start = 0; start < changes.length; start += CHUNK) {
    refusals.push(...(await applyChunk(to, changes.slice(start, start + CHUNK), now)));
    if (start + CHUNK < changes.length) await nextTurn();
  }
  return refusals;
}

async function applyChunk(
  to: ApplyTo,
  chunk: readonly Change[],
  now: Instant,
): Promise<readonly Refusal[]> {
  const { refusals, resolved, missing } = resolveChanges(chunk, to.table.keys, to.isAllowed);
  if (resolved.length === 0) return refusals;
  const included = await to.table.include(missing);
  if (!included.ok) return [...refusals, ...refuseAll(resolved, included.error)];
  const error = await runChanges(to, resolved, now);
  return error === undefined
    ? refusals
    : [...refusals, ...(await applyRepaired(to, resolved, now))];
}

async function applyRepaired(
  to: ApplyTo,
  chunk: readonly ResolvedChange[],
  now: Instant,
): Promise<readonly Refusal[]> {
  const prepared = await to.table.prepare();
  // No change can be applied at all: halving would only repeat the failure a thousand times.
  if (!prepared.ok) return refuseAll(chunk, prepared.error);
  return applyHalves(to, chunk, now, { transactions: MAX_TRANSACTIONS });
}

interface Budget {
  transactions: number;
}

async function applyHalves(
  to: ApplyTo,
  changes: readonly ResolvedChange[],
  now: Instant,
  budget: Budget,
): Promise<readonly Refusal[]> {
  budget.transactions--;
  const error = await runChanges(to, changes, now);
  if (error === undefined) return [];
  if (changes.length === 1 || budget.transactions <= 0) {
    return changes.map(({ change }) => refuse(change, error));
  }
  await nextTurn();
  const half = Math.ceil(changes.length / 2);
  return [
    ...(await applyHalves(to, changes.slice(0, half), now, budget)),
    ...(await applyHalves(to, changes.slice(half), now, budget)),
  ];
}

async function runChanges(
  { kernel, table }: ApplyTo,
  changes: readonly ResolvedChange[],
  now: Instant,
): Promise<string | undefined> {
  const elements = changes.map(({ element }) => element);
  const result = await kernel.change(planTransaction(elements, table.reAdd, now));
  return result.ok ? undefined : result.error;
}

function refuseAll(changes: readonly ResolvedChange[], error: string): readonly Refusal[] {
  const reason = describeUnusable(explainUnusable(error));
  return changes.map(({ change }) => refuse(change, reason));
}

function refuse(change: Change, error: string): Refusal {
  return { change, error, retryable: true };
}

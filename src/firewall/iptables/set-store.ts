/** Keeps blocks in ipsets: applies changes in bulk, and isolates those that the kernel refuses. */
import { MAX_TIMEOUT_SECONDS } from "../enforcer-abilities.ts";
import type { Instant } from "../../domain/instant.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { createAlarm } from "../../host/timers.ts";
import { type AddressSets, isUsable } from "./address-sets.ts";
import type { BlockStore, FailedChange } from "./block-store.ts";
import type { MemberChange } from "./resolve-changes.ts";
import { parseScopeName, type ScopeKey, scopeNameOf } from "./scope-name.ts";
import type { SetHeader } from "./set-text.ts";

/** Number of elements in one run of ipset. */
const CHUNK = 20_000;
/** Maximum number of runs in the search for refused elements of one chunk; the rest is refused, and retried later. */
const MAX_RUNS = 128;
/** Seconds by which the kernel's timeout exceeds the daemon's own expiry, which comes first. */
const SLACK_SECONDS = 3;
/** Time after a change until its elements are counted, so that their loss is noticed. */
const RECOUNT_AFTER_MS = 1000;
/** Nothing retries a removal, so it waits longer for the kernel than changes do. */
const REMOVAL_BUSY_LIMIT_MS = 60_000;

/** Creates the store. `detach` removes our chains, so that no rule uses a set. */
export function createSetStore(
  sets: AddressSets,
  detach: () => Promise<Result<undefined, string>>,
): BlockStore {
  const losses = createLossDetector();
  const recount = createAlarm(async () => {
    const headers = await sets.headers();
    if (headers.ok) losses.note(headers.value);
  });
  return {
    kind: "sets",
    prepare: (keys) => prepareSets(sets, keys, detach),
    async emptyNames() {
      const headers = await sets.headers();
      const all = headers.ok ? [...headers.value.values()] : [];
      return all.filter(({ entries }) => entries === 0).map(({ name }) => name);
    },
    drop: async (names) => void (await sets.destroy(names)),
    async apply(members, now) {
      // Before the change, which may replace as many elements as another program has removed.
      const headers = await sets.headers();
      if (headers.ok) losses.compare(headers.value);
      const failed: FailedChange[] = [];
      for (let start = 0; start < members.length; start += CHUNK)
        failed.push(...(await applyChunk(sets, members.slice(start, start + CHUNK), now)));
      for (const { name, until } of members) if (until === "absent") losses.expectOne(name);
      recount.set(RECOUNT_AFTER_MS);
      return failed;
    },
    async list(keys) {
      const headers = await sets.headers();
      if (!headers.ok) throw new Error(`cannot list the sets: ${headers.error}`);
      const filled = keys.filter((key) => {
        const header = headers.value.get(scopeNameOf(key));
        return header !== undefined && header.entries !== 0;
      });
      return (await Array.fromAsync(filled, (key) => sets.list(key))).flat();
    },
    async isDisturbed() {
      const headers = await sets.headers();
      if (headers.ok) losses.compare(headers.value);
      return losses.takeLoss();
    },
    close: () => recount.clear(),
  };
}

/** Creates missing sets, and replaces those that cannot hold our blocks. */
async function prepareSets(
  sets: AddressSets,
  keys: readonly ScopeKey[],
  detach: () => Promise<Result<undefined, string>>,
): Promise<Result<readonly ScopeKey[], string>> {
  const headers = await sets.headers();
  if (!headers.ok) return headers;
  const existing = [...headers.value.keys()].flatMap((name) => parseScopeName(name) ?? []);
  const all = new Map([...keys, ...existing].map((key) => [scopeNameOf(key), key]));
  const found = [...all.values()].map((key) => ({
    key,
    header: headers.value.get(scopeNameOf(key)),
  }));
  const wrong = found.filter(({ key, header }) => header !== undefined && !isUsable(header, key));
  if (wrong.length > 0) {
    const detached = await detach();
    if (!detached.ok) return detached;
    const destroyed = await sets.destroy(wrong.map(({ key }) => scopeNameOf(key)));
    if (!destroyed.ok) return destroyed;
  }
  const missing = found.filter((one) => one.header === undefined || wrong.includes(one));
  const created = await sets.create(missing.map(({ key }) => key));
  return created.ok ? ok(existing) : created;
}

/** Applies all changes but those that ipset refuses one by one. */
async function applyChunk(
  sets: AddressSets,
  chunk: readonly MemberChange[],
  now: Instant,
): Promise<readonly FailedChange[]> {
  const failed: FailedChange[] = [];
  let left = chunk;
  for (let runs = 0; left.length > 0; runs++) {
    const { error, failedAt } = await sets.run(left.map((member) => commandOf(member, now)));
    if (error === undefined) break;
    const bad = failedAt === undefined || runs >= MAX_RUNS ? undefined : left[failedAt];
    if (failedAt === undefined || bad === undefined)
      return [...failed, ...left.map((member) => ({ member, error }))];
    failed.push({ member: bad, error });
    left = left.slice(failedAt + 1);
  }
  return failed;
}

interface LossDetector {
  /** Called after each element that we removed from this set. */
  expectOne(set: string): void;
  /** Takes elements into account that we added. */
  note(headers: ReadonlyMap<string, SetHeader>): void;
  /** Notes whether a set has lost more elements. */
  compare(headers: ReadonlyMap<string, SetHeader>): void;
  /** Returns whether a set has lost more elements since the last call. */
  takeLoss(): boolean;
}

/**
 * Detects that another program removed elements, by their number alone: nearly all other losses are our own, because
 * the daemon removes an element before its timeout ends.
 */
function createLossDetector(): LossDetector {
  /** Minimum number of elements that each set should have. */
  let atLeast = new Map<string, number>();
  let isLost = false;
  return {
    expectOne: (set) => void atLeast.set(set, (atLeast.get(set) ?? 0) - 1),
    note(headers) {
      for (const { name, entries = 0 } of headers.values())
        atLeast.set(name, Math.max(atLeast.get(name) ?? 0, entries));
    },
    compare(headers) {
      isLost ||= [...atLeast].some(([set, least]) => (headers.get(set)?.entries ?? 0) < least);
      atLeast = new Map([...headers.values()].map(({ name, entries = 0 }) => [name, entries]));
    },
    takeLoss() {
      const wasLost = isLost;
      isLost = false;
      return wasLost;
    },
  };
}

function commandOf({ name, subject, until }: MemberChange, now: Instant): string {
  if (until === "absent") return `del ${name} ${subject}`;
  return `add ${name} ${subject} timeout ${until === "forever" ? 0 : timeout(until - now)}`;
}

function timeout(milliseconds: number): number {
  return Math.min(Math.ceil(milliseconds / 1000) + SLACK_SECONDS, MAX_TIMEOUT_SECONDS);
}

/** Destroys all sets of ours, which no rule may use any more. */
export async function destroySets(sets: AddressSets): Promise<Result<undefined, string>> {
  const headers = await sets.headers();
  if (!headers.ok) return fail(headers.error);
  return await sets.destroy([...headers.value.keys()], REMOVAL_BUSY_LIMIT_MS);
}

/**
 * Implements the enforcer that only observes: keeps blocks in memory and drops nothing. For dry runs, for hosts without
 * permission to change the firewall, and for tests. Uses one entry for each block.
 */
import type { Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { BlockLookup, Change, EnforcedBlock, Enforcer, Refusal } from "../domain/enforcer.ts";
import type { Instant, Until } from "../domain/instant.ts";
import { ALL_PORTS, OBSERVED, type PortScope } from "../domain/port-scope.ts";
import { ok } from "../domain/result.ts";
import { admitChange, type IsAllowed } from "./admit-change.ts";
import { watchNothing } from "./watch-nothing.ts";

export interface MemoryOptions {
  readonly isAllowed: IsAllowed;
  /** Expires blocks as a kernel would, without the daemon. */
  readonly clock: Clock;
}

export function createMemoryEnforcer({ isAllowed, clock }: MemoryOptions): Enforcer {
  const blocks = new Map<string, StoredBlock>();
  return {
    name: "memory",
    enforcing: false,
    abilities: { scopes: "ports", counts: false, expires: true, capacity: undefined },
    prepare: async () => ({ error: undefined, repaired: false, structure: undefined }),
    apply: async (changes, now) =>
      changes.flatMap((change) => {
        const refusal = admit(change, isAllowed);
        if (refusal === undefined)
          applyChange(blocks, change, { now, monotonic: clock.monotonic() });
        return refusal ?? [];
      }),
    list: async () => liveBlocks(blocks, clock.monotonic()),
    lookup: lookupIn(blocks, clock),
    count: async (subjects) => {
      const wanted = new Set<Subject>(subjects);
      return liveBlocks(blocks, clock.monotonic()).filter(({ subject }) => wanted.has(subject));
    },
    watch: watchNothing,
    removeAll: async () => {
      blocks.clear();
      return ok(undefined);
    },
    close: async () => blocks.clear(),
  };
}

function lookupIn(blocks: Map<string, StoredBlock>, clock: Clock): BlockLookup {
  const size = (): number => liveBlocks(blocks, clock.monotonic()).length;
  return {
    exceeds: async (most) => size() > most,
    find: async (keys) => {
      const monotonic = clock.monotonic();
      return keys.map((key) => {
        const block = blocks.get(keyOf(key));
        return block === undefined || block.end <= monotonic
          ? undefined
          : enforcedBlock(block, monotonic);
      });
    },
    size: async () => size(),
  };
}

/** Admits a change. An observed block covers no port, and no other enforcer may receive it. */
function admit(change: Change, isAllowed: IsAllowed): Refusal | undefined {
  if (change.scope !== OBSERVED) return admitChange(change, isAllowed);
  const refusal = admitChange({ ...change, scope: ALL_PORTS }, isAllowed);
  return refusal === undefined ? undefined : { ...refusal, change };
}

interface StoredBlock {
  readonly subject: Subject;
  readonly scope: PortScope;
  /** The end in monotonic time: like a kernel time-out, it does not follow changes of the wall clock. */
  readonly end: number;
}

function applyChange(
  blocks: Map<string, StoredBlock>,
  change: Change,
  { now, monotonic }: { readonly now: Instant; readonly monotonic: number },
): void {
  const { subject, scope } = change;
  const key = keyOf(change);
  const length = change.kind === "remove" ? 0 : lengthOf(change.until, now);
  if (length <= 0) blocks.delete(key);
  else blocks.set(key, { subject, scope, end: monotonic + length });
}

function lengthOf(until: Until, now: Instant): number {
  return until === "forever" ? Number.POSITIVE_INFINITY : until - now;
}

function liveBlocks(blocks: Map<string, StoredBlock>, monotonic: number): readonly EnforcedBlock[] {
  const live: EnforcedBlock[] = [];
  for (const [key, block] of blocks) {
    if (block.end <= monotonic) blocks.delete(key);
    else live.push(enforcedBlock(block, monotonic));
  }
  return live;
}

function enforcedBlock({ subject, scope, end }: StoredBlock, monotonic: number): EnforcedBlock {
  const left = end === Number.POSITIVE_INFINITY ? undefined : duration(end - monotonic);
  return { subject, scope, packets: undefined, left };
}

function keyOf({ subject, scope }: Pick<StoredBlock, "subject" | "scope">): string {
  return `${subject} ${scope}`;
}

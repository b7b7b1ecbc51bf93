/**
 * The enforcer that only observes: keeps blocks in memory and drops nothing. For dry runs, for hosts without the right
 * to change the firewall, and for tests. Memory: one entry for each block.
 */
import type { Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import type {
  Block,
  Change,
  EnforcedBlock,
  Enforcer,
  ForeignChange,
  Refusal,
} from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";
import { ALL_PORTS, OBSERVED } from "../domain/port-scope.ts";
import { admitChange, type IsAllowed } from "./admit-change.ts";

export interface MemoryOptions {
  readonly isAllowed: IsAllowed;
  /** Ends blocks as a kernel would, without the daemon. */
  readonly clock: Clock;
}

export function createMemoryEnforcer({ isAllowed, clock }: MemoryOptions): Enforcer {
  const blocks = new Map<string, Block>();
  return {
    name: "memory",
    enforcing: false,
    prepare: async () => ({ error: undefined, repaired: false }),
    apply: async (changes, now) =>
      changes.flatMap((change) => {
        const refusal = admit(change, isAllowed);
        if (refusal === undefined) applyChange(blocks, change, now);
        return refusal ?? [];
      }),
    list: async () => liveBlocks(blocks, clock.now()),
    count: async (subjects) => {
      const wanted = new Set<Subject>(subjects);
      return liveBlocks(blocks, clock.now()).filter(({ subject }) => wanted.has(subject));
    },
    watch: untilAborted,
    close: async () => blocks.clear(),
  };
}

/** What is only observed closes no port; nothing but this enforcer may be told of it. */
function admit(change: Change, isAllowed: IsAllowed): Refusal | undefined {
  if (change.scope !== OBSERVED) return admitChange(change, isAllowed);
  const refusal = admitChange({ ...change, scope: ALL_PORTS }, isAllowed);
  return refusal === undefined ? undefined : { ...refusal, change };
}

function applyChange(blocks: Map<string, Block>, change: Change, now: Instant): void {
  const key = `${change.subject} ${change.scope}`;
  if (change.kind === "remove" || hasEnded(change, now)) blocks.delete(key);
  else blocks.set(key, { subject: change.subject, scope: change.scope, until: change.until });
}

function liveBlocks(blocks: Map<string, Block>, now: Instant): readonly EnforcedBlock[] {
  const live: EnforcedBlock[] = [];
  for (const [key, block] of blocks) {
    if (hasEnded(block, now)) blocks.delete(key);
    else live.push({ subject: block.subject, scope: block.scope, packets: undefined });
  }
  return live;
}

function hasEnded({ until }: Block, now: Instant): boolean {
  return until !== "forever" && until <= now;
}

/** Nothing but us can touch this memory. */
async function* untilAborted(signal: AbortSignal): AsyncGenerator<ForeignChange> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

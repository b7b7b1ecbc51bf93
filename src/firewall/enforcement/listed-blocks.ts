/** Holds the blocks that the firewall listed. Wanted blocks are taken out one by one; the rest is unwanted. */
import type { Subject } from "../../domain/cidr.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import type { PortScope } from "../../domain/port-scope.ts";

export interface ListedBlocks {
  /** Removes and returns a block; undefined: it is not listed, or was already taken. */
  take(key: Pick<EnforcedBlock, "subject" | "scope">): EnforcedBlock | undefined;
  left(): readonly EnforcedBlock[];
}

/**
 * Uses nested maps by scope and subject: joining these two strings for each of 100,000 blocks would double the time.
 */
export function createListedBlocks(listed: readonly EnforcedBlock[]): ListedBlocks {
  const scopes = new Map<PortScope, Map<Subject, EnforcedBlock>>();
  for (const block of listed)
    scopes.getOrInsertComputed(block.scope, () => new Map()).set(block.subject, block);
  return {
    take({ subject, scope }) {
      const subjects = scopes.get(scope);
      const block = subjects?.get(subject);
      if (block !== undefined) subjects?.delete(subject);
      return block;
    },
    left: () => [...scopes.values()].flatMap((subjects) => [...subjects.values()]),
  };
}

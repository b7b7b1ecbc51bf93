/** Blocks that the firewall listed, to be taken one by one by what the book wants; what is left was banned by nobody. */
import type { Subject } from "../../domain/cidr.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import type { PortScope } from "../../domain/port-scope.ts";

export interface ListedBlocks {
  /** undefined: it is not among them, or was taken before. */
  take(key: Pick<EnforcedBlock, "subject" | "scope">): EnforcedBlock | undefined;
  left(): readonly EnforcedBlock[];
}

/** By scope and subject, two texts that exist: to join them for each of 100,000 takes as long as all the rest. */
export function createListedBlocks(listed: readonly EnforcedBlock[]): ListedBlocks {
  const scopes = new Map<PortScope, Map<Subject, EnforcedBlock>>();
  for (const block of listed) {
    const subjects = scopes.get(block.scope) ?? new Map<Subject, EnforcedBlock>();
    scopes.set(block.scope, subjects);
    subjects.set(block.subject, block);
  }
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

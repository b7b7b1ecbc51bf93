import type { EnforcedBlock } from "../domain/enforcer.ts";
import type { BanKey } from "./ban-key.ts";
import type { ManagedEnforcer } from "./managed-enforcer.ts";

/** A block, and the enforcer that holds it. */
export interface EnforcerBlock extends EnforcedBlock {
  readonly enforcer: ManagedEnforcer;
}

/** Returns the blocks that hold a ban. */
export function blocksOf(ban: BanKey, blocks: readonly EnforcerBlock[]): readonly EnforcerBlock[] {
  return blocks.filter((block) => {
    if (block.subject !== ban.subject) return false;
    return block.enforcer.blockFor(ban)?.scope === block.scope;
  });
}

/** Returns the packets dropped by these blocks; undefined: none of them is counted. */
export function packetsOf(blocks: readonly EnforcerBlock[]): number | undefined {
  const counted = blocks.flatMap(({ packets }) => packets ?? []);
  return counted.length === 0 ? undefined : counted.reduce((sum, packets) => sum + packets, 0);
}

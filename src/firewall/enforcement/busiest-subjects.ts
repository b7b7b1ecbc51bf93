import type { Subject } from "../../domain/cidr.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";

/** Number of busiest subjects kept. */
const MAX_BUSIEST = 32;

/** Returns the subjects with the most dropped packets, busiest first. */
export function busiestOf(blocks: readonly EnforcedBlock[]): readonly Subject[] {
  return blocks
    .toSorted((a, b) => (b.packets ?? 0) - (a.packets ?? 0))
    .slice(0, MAX_BUSIEST)
    .map(({ subject }) => subject);
}

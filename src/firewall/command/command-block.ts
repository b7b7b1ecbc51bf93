import type { Subject } from "../../domain/cidr.ts";
import { duration } from "../../domain/duration.ts";
import type { EnforcedBlock } from "../../domain/enforcer.ts";
import type { Until } from "../../domain/instant.ts";
import type { PortScope } from "../../domain/port-scope.ts";

/** A block of the command enforcer, as far as it knows. */
export interface CommandBlock {
  readonly subject: Subject;
  readonly scope: PortScope;
  /** undefined: only the list command knows it. */
  readonly until: Until | undefined;
  /** Whether another program may have removed it, so that it must be added again. */
  readonly isDoubtful: boolean;
}

export function keyOf({ subject, scope }: Pick<CommandBlock, "subject" | "scope">): string {
  return `${subject} ${scope}`;
}

/** Reports a doubtful block without remaining time: it is removed if unwanted, and proves nothing otherwise. */
export function enforcedBlock({ subject, scope, isDoubtful }: CommandBlock): EnforcedBlock {
  return { subject, scope, packets: undefined, left: isDoubtful ? duration(0) : undefined };
}

import type { Block } from "./enforcer.ts";
import type { Instant } from "./instant.ts";
import type { JailName } from "./jail-name.ts";
import type { PortScope } from "./port-scope.ts";

/**
 * What an enforcer does for one ban. required: the ban counts as enforced only when this enforcer has confirmed it.
 * kept: the enforcer holds it, but another one is responsible for it now. none: the enforcer must not hold it.
 */
export type Duty = "required" | "kept" | "none";

/** What one enforcer is used for. */
export interface EnforcerDemand {
  /** The name of the enforcer, for display. */
  readonly name: string;
  /** What its blocks can cover, as in `EnforcerAbilities`. */
  readonly scopes: "ports" | "host";
  /** Returns the duty for a ban. After the duties changed, `markAllPending` of the view must be called. */
  dutyFor(jail: JailName, scope: PortScope): Duty;
}

/** An enforcer that does not hold a ban that it is required to hold. */
export interface EnforcerGap {
  readonly enforcer: string;
  /** Why; undefined: it has not confirmed the ban yet. */
  readonly error: string | undefined;
}

/**
 * The ban book as one enforcer sees it: the blocks that it must hold, and which of them it has confirmed. Keys have the
 * scopes of the enforcer: `ALL_PORTS` only, if its blocks cover hosts.
 */
export interface EnforcerView {
  /** Returns the scope of the block by which the enforcer holds a ban of this scope. */
  scopeOf(scope: PortScope): PortScope;
  /** Returns whether the enforcer must hold bans of this jail and scope. */
  holds(jail: JailName, scope: PortScope): boolean;
  /** Returns the number of bans in jails of this enforcer; at least the number of its blocks. */
  countBans(): number;
  /** Yields the blocks that the enforcer should hold at `now`: per subject and scope the latest end over its jails. */
  desiredBlocks(now: Instant): Iterable<Block>;
  /** Returns the block that the enforcer should hold for one subject and scope; undefined: none, so remove it. */
  blockAfter(key: Pick<Block, "subject" | "scope">, now: Instant): Block | undefined;
  /**
   * Begins changes of the enforcer, before their blocks are read. Call the returned function with the blocks that it
   * confirmed: it marks them enforced, except those whose bans changed since the beginning.
   */
  beginChanges(): (confirmed: readonly Pick<Block, "subject" | "scope">[]) => void;
  markPending(key: Pick<Block, "subject" | "scope">, error: string): void;
  /** Marks every ban pending, because the enforcer is unusable (with the reason) or has other duties now. */
  markAllPending(error: string | undefined): void;
  /**
   * Begins a comparison of the whole firewall with the book. Call the returned function when both are equal: it marks
   * everything enforced, except what was opened, extended or marked pending since the beginning.
   */
  beginComparison(): () => void;
  /** Ends the view. Bans no longer depend on the enforcer. */
  close(): void;
}

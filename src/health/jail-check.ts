import type { Instant } from "../domain/instant.ts";
import type { SourceStatus } from "../domain/line-source.ts";
import type { Proof } from "../domain/proof.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";

/** A jail as the checks see it; `source` is its reader's status, undefined while none could be opened. */
export interface WatchedJail {
  readonly live: LiveJail;
  readonly source: SourceStatus | undefined;
}

export type LookDepth = "usual" | "full";

/**
 * A check verifies one link of every jail and owns what it has seen; `health/proofs.ts` runs them all.
 * A check never disturbs the main path, and calls unproven what it cannot read.
 */
export interface JailCheck {
  /** Names the check in a bug report. */
  readonly name: string;
  /**
   * Reads the host; called at start and every half minute, never twice at the same time. Bounded in time. "full": a
   * person asks, so earlier looks do not count.
   */
  look?(jails: readonly WatchedJail[], now: Instant, depth: LookDepth): Promise<void>;
  /** The proofs of this jail with their age. From memory, cheap. */
  proofs(jail: WatchedJail, now: Instant): readonly Proof[];
  /** The daemon stops: saves state to the book. */
  close?(): void;
}

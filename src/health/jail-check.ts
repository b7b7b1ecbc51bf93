import type { Instant } from "../domain/instant.ts";
import type { SourceStatus } from "../domain/line-source.ts";
import type { Proof } from "../domain/proof.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";

/** A jail as the checks see it; `source` is what its reader says, undefined while none could be opened. */
export interface WatchedJail {
  readonly live: LiveJail;
  readonly source: SourceStatus | undefined;
}

export type LookDepth = "usual" | "anew";

/**
 * One way of looking whether a jail's links hold. Each check owns what it has seen; `health/proofs.ts` asks them all.
 * A check never disturbs the main path, and what it cannot read it calls unproven.
 */
export interface JailCheck {
  /** For the log when it breaks. */
  readonly name: string;
  /**
   * Looks at the world; called at start and every half minute, never twice at once. Bounded in time. anew: somebody
   * asks, so nothing that was seen before counts.
   */
  look?(jails: readonly WatchedJail[], now: Instant, depth: LookDepth): Promise<void>;
  /** What is known of this jail, with its age. In memory, cheap. */
  proofs(jail: WatchedJail, now: Instant): readonly Proof[];
  /** The daemon ends: keeps what is wanted back, in the book. */
  close?(): void;
}

import type { Instant } from "../domain/instant.ts";
import type { SourceStatus } from "../domain/line-source.ts";
import type { Proof } from "../domain/proof.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";

/** A jail as checks see it. `source`: status of its reader, undefined while none is open. */
export interface WatchedJail {
  readonly live: LiveJail;
  readonly source: SourceStatus | undefined;
}

export type LookDepth = "usual" | "full";

/**
 * Verifies one link of every jail, and owns its evidence; `health/proofs.ts` runs all checks. A check never delays the
 * main path, and reports what it cannot read as unproven.
 */
export interface JailCheck {
  /** Name of the check in a bug report. */
  readonly name: string;
  /**
   * Reads the host. Called at start and every half minute, never twice at the same time; bounded in time. "full":
   * requested by a person, so results of earlier looks must not be used.
   */
  look?(jails: readonly WatchedJail[], now: Instant, depth: LookDepth): Promise<void>;
  /** Returns the proofs of a jail, with their age, from memory. */
  proofs(jail: WatchedJail, now: Instant): readonly Proof[];
  /** Shifts all times in memory after a step of the wall clock by `step` milliseconds. */
  shift?(step: number): void;
  /** Saves state to the book; the daemon is stopping. */
  close?(): void;
}

/** Judges whether a block lasts as long in the firewall as the book requires. */
import type { Duration } from "../domain/duration.ts";
import { type Block, type EnforcedBlock, MAX_HOLD } from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";

/** renew: the block is in force, but ends before its ban, so it must be extended; no program damaged it. */
export type Hold = "held" | "renew" | "missing";

/**
 * Maximum missing time of a block that counts as held. The kernel's time-outs exceed the book's by a few seconds, but
 * reading 100,000 blocks takes time.
 */
const SHORTFALL_MS = 2000;

/**
 * Compares the remaining time, because an old ruleset may have been restored with its own time-outs. `maxHold`: maximum
 * length of a block of this enforcer.
 */
export function judgeHold(
  { left }: Pick<EnforcedBlock, "left">,
  { until }: Pick<Block, "until">,
  now: Instant,
  maxHold: Duration = MAX_HOLD,
): Hold {
  if (left === undefined) return "held";
  if (until === "forever") return "missing";
  const wanted = until - now;
  if (left + SHORTFALL_MS >= wanted) return "held";
  // A block has a maximum length, and is renewed halfway.
  if (left >= maxHold / 2) return wanted > maxHold ? "held" : "renew";
  return left >= maxHold / 4 ? "renew" : "missing";
}

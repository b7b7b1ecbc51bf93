/** Judges whether a block lasts as long in the firewall as the book requires. */
import { type Block, type EnforcedBlock, MAX_HOLD } from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";

/** renew: it is in force, but ends before the ban and is to be extended; no program damaged it. */
export type Hold = "held" | "renew" | "missing";

/** The kernel holds blocks a little longer than the book; reading a hundred thousand takes time as well. */
const SHORTFALL_MS = 2000;

/** An old ruleset may have been restored, with its own time-outs. */
export function judgeHold(
  { left }: Pick<EnforcedBlock, "left">,
  { until }: Pick<Block, "until">,
  now: Instant,
): Hold {
  if (left === undefined) return "held";
  if (until === "forever") return "missing";
  const wanted = until - now;
  if (left + SHORTFALL_MS >= wanted) return "held";
  // A block has a maximum length; it is renewed halfway.
  if (left >= MAX_HOLD / 2) return wanted > MAX_HOLD ? "held" : "renew";
  return left >= MAX_HOLD / 4 ? "renew" : "missing";
}

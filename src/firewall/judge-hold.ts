/** Whether a block lasts as long in the firewall as the book wants it to. */
import { type Block, type EnforcedBlock, LONGEST_HOLD } from "../domain/enforcer.ts";
import type { Instant } from "../domain/instant.ts";

/** renew: it lasts, but was made for less than the book wants and is to be extended; nobody broke anything. */
export type Hold = "held" | "renew" | "missing";

/** The kernel holds blocks a little longer than the book; reading a hundred thousand takes time as well. */
const SHORTFALL_MS = 2000;

/** Somebody may have put an old ruleset back, with ends of its own. */
export function judgeHold(
  { left }: Pick<EnforcedBlock, "left">,
  { until }: Pick<Block, "until">,
  now: Instant,
): Hold {
  if (left === undefined) return "held";
  if (until === "forever") return "missing";
  const wanted = until - now;
  if (left + SHORTFALL_MS >= wanted) return "held";
  // No block is held for longer at a time; halfway through it is renewed.
  if (left >= LONGEST_HOLD / 2) return wanted > LONGEST_HOLD ? "held" : "renew";
  return left >= LONGEST_HOLD / 4 ? "renew" : "missing";
}

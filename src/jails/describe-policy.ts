import { amount } from "../domain/amount.ts";
import type { JailConfig } from "../config/config.ts";
import { banMeansOf } from "./ban-means.ts";
import { BY_HAND_ONLY, isByHand } from "./by-hand.ts";
import { jitterOf } from "../detect/decide.ts";
import { type Duration, formatDuration, MAX_DURATION } from "../domain/duration.ts";

/**
 * Describes a jail's policy in one sentence: "5 failures in 10m: banned for 1h, longer each time up to 30d, plus 0
 * to 5m at random".
 */
export function describePolicy({
  maxretry,
  findtime,
  bantime,
  increment,
  enforcer,
  actions,
  source,
}: JailConfig): string {
  const failures = isByHand({ source })
    ? BY_HAND_ONLY
    : `${amount(maxretry, "failure")} in ${formatDuration(findtime)}`;
  const means = banMeansOf({ enforcer, actions });
  if (means === "nothing") return `${failures}: only observed, nothing is banned`;
  const length = bantime === "forever" ? "permanently" : `for ${formatDuration(bantime)}`;
  const longer = bantime === "forever" ? "" : describeGrowth(bantime, increment);
  const by = means === "actions" ? ", by its actions alone" : "";
  return `${failures}: banned ${length}${longer}${by}`;
}

function describeGrowth(bantime: Duration, increment: JailConfig["increment"]): string {
  const { enabled, maxtime } = increment;
  if (!enabled) return "";
  const limit = maxtime >= MAX_DURATION ? "" : ` up to ${formatDuration(maxtime)}`;
  const grows = maxtime > bantime ? `, longer each time${limit}` : "";
  // The random part of a first ban; it can be longer in later bans.
  const jitter = jitterOf(bantime, increment);
  return jitter === 0 ? grows : `${grows}, plus 0 to ${formatDuration(jitter)} at random`;
}

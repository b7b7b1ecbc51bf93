import type { JailConfig } from "../config/config.ts";
import { formatDuration } from "../domain/duration.ts";

/** A jail's policy in one sentence: "5 failures in 10m are banned for 1h, longer each time up to 30d". */
export function describePolicy({
  maxretry,
  findtime,
  bantime,
  increment,
  enforcer,
  actions,
}: JailConfig): string {
  const failures = `${maxretry} ${maxretry === 1 ? "failure" : "failures"} in ${formatDuration(findtime)}`;
  const observed = enforcer === "memory" && actions.length === 0;
  if (observed) return `${failures}: only observed, nothing is banned`;
  const length = bantime === "forever" ? "forever" : `for ${formatDuration(bantime)}`;
  const grows = increment.enabled && bantime !== "forever";
  const longer = grows ? `, longer each time up to ${formatDuration(increment.maxtime)}` : "";
  const ban = enforcer === "memory" ? "left to its own actions" : "banned";
  return `${failures}: ${ban} ${length}${longer}`;
}

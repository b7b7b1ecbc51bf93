/** Writes the configuration of policies, with what a simulation cannot have turned off. */
import type { JailPolicy } from "../happenings.ts";

export function formatConfig(jails: readonly JailPolicy[]): string {
  // A self-test sends packets, and jitter makes the ends of bans unknown.
  return `[defaults]\nenforcer = "nftables"\ncanary = "0s"\n\n${jails.map(formatJail).join("\n")}`;
}

function formatJail(jail: JailPolicy): string {
  const { name, maxRetry, findTime, banTime, increment, ipv6Prefix, allow } = jail;
  const file = jail.source.replace(/^file:/, "");
  const growth =
    increment === undefined
      ? "{ enabled = false }"
      : `{ enabled = true, multipliers = ${JSON.stringify(increment.multipliers)}, maxtime = "${seconds(increment.maxTime)}", jitter = "0s" }`;
  return `[jails.${name}]
filter = "${jail.service}"
source = { file = ["${file}"] }
maxretry = ${maxRetry}
findtime = "${seconds(findTime)}"
bantime = "${banTime === Infinity ? "forever" : seconds(banTime)}"
increment = ${growth}
ipv6_prefix = ${ipv6Prefix}
ignoreip = ${JSON.stringify(allow)}
`;
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)}s`;
}

/** Formats policies as configuration, without what would make a simulation unpredictable. */
import type { JailPolicy } from "../happenings.ts";

export function formatConfig(jails: readonly JailPolicy[]): string {
  // Disables self-tests, which send packets; jitter would make the ends of bans unpredictable.
  // The reference model does not weigh names.
  return `[defaults]\nenforcer = "nftables"\ncanary = "0s"\ndetect = { evidence = "off" }\n\n${jails.map(formatJail).join("\n")}`;
}

function formatJail(jail: JailPolicy): string {
  const { name, maxRetry, findTime, banTime, increment, ipv6Prefix, allow } = jail;
  const growth =
    increment === undefined
      ? "{ enabled = false }"
      : `{ enabled = true, multipliers = ${JSON.stringify(increment.multipliers)}, maxtime = "${seconds(increment.maxTime)}", jitter = "0s" }`;
  return `[jails.${name}]
filter = "${jail.service}"
source = ${formatSource(jail)}
maxretry = ${maxRetry}
findtime = "${seconds(findTime)}"
bantime = "${banTime === Infinity ? "forever" : seconds(banTime)}"
increment = ${growth}
ipv6_prefix = ${ipv6Prefix}
ignoreip = ${JSON.stringify(allow)}
ports = ${JSON.stringify(jail.ports ?? "all")}
${jail.bansPerMinute === undefined ? "" : `bans_per_minute = ${jail.bansPerMinute}\n`}${jail.observesOnly === true ? 'enforcer = "memory"\n' : ""}`;
}

function formatSource({ source, journalMatches }: JailPolicy): string {
  return journalMatches === undefined
    ? `{ file = ["${source.replace(/^file:/, "")}"] }`
    : `{ journal = ${JSON.stringify(journalMatches)} }`;
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)}s`;
}

/** Names the addresses with most records, and counts the others. */
import type { Ip } from "../../domain/ip.ts";

const MAX_NAMED = 3;

/** Returns, for example, "192.0.2.1 (4), 192.0.2.2 and 5 more addresses". */
export function nameAddresses(records: readonly { readonly ip: Ip }[]): string {
  const byIp = [...Map.groupBy(records, ({ ip }) => ip)].sort((a, b) => b[1].length - a[1].length);
  const named = byIp
    .slice(0, MAX_NAMED)
    .map(([ip, { length }]) => (length === 1 ? ip : `${ip} (${length})`));
  const more = byIp.length - named.length;
  const rest = more === 0 ? "" : ` and ${more} more ${more === 1 ? "address" : "addresses"}`;
  return `${named.join(", ")}${rest}`;
}

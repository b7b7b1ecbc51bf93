/**
 * Lists the networks from which content delivery networks contact origin servers. Source:
 * https://www.cloudflare.com/ips/ and https://api.fastly.com/public-ip-list, as of 2025-10. They change every few
 * years; a missing one prevents a finding, and never causes a wrong one.
 */
import { parseSubject, subjectContains } from "../../domain/cidr.ts";
import type { Ip } from "../../domain/ip.ts";

const PUBLISHED = {
  Cloudflare:
    "173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 108.162.192.0/18 190.93.240.0/20 " +
    "188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13 " +
    "131.0.72.0/22 2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 2a06:98c0::/29 2c0f:f248::/32",
  Fastly:
    "23.235.32.0/20 43.249.72.0/22 103.244.50.0/24 103.245.222.0/23 103.245.224.0/24 104.156.80.0/20 140.248.64.0/18 " +
    "140.248.128.0/17 146.75.0.0/17 151.101.0.0/16 157.52.64.0/18 167.82.0.0/17 167.82.128.0/20 167.82.160.0/20 " +
    "167.82.224.0/20 172.111.64.0/18 185.31.16.0/22 199.27.72.0/21 199.232.0.0/16 2a04:4e40::/32 2a04:4e42::/32",
} as const;

/** Networks that are not routed on the internet: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291. */
const PRIVATE =
  "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 fc00::/7 fe80::/10";

/** Returns the operator of the network, "private" for private networks; undefined: none of these. */
export function proxyNetworkOf(ip: Ip): string | undefined {
  for (const [name, networks] of Object.entries({ ...PUBLISHED, private: PRIVATE })) {
    if (networks.split(" ").some((text) => holds(text, ip))) return name;
  }
  return undefined;
}

function holds(network: string, ip: Ip): boolean {
  const subject = parseSubject(network);
  return subject !== undefined && subjectContains(subject, ip);
}

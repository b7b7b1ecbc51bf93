/**
 * Lists the networks from which content delivery networks contact the servers behind them, as their operators publish
 * them. The published lists change every few years. A missing network leaves its proxies untrusted; a network that the
 * operator has given up would be trusted wrongly, so every list has its date.
 */
import { literalSubject, type Subject } from "./cidr.ts";
import { createNetworkRanges } from "./network-ranges.ts";

export interface CdnList {
  /** The name in the configuration. */
  readonly name: string;
  /** The name for display. */
  readonly title: string;
  /** URL at which the operator publishes the list. */
  readonly source: string;
  /** Year and month in which the published list was equal to this one. */
  readonly asOf: string;
  readonly networks: readonly Subject[];
}

export const CDN_LISTS: readonly CdnList[] = [
  {
    name: "cloudflare",
    title: "Cloudflare",
    source: "https://www.cloudflare.com/ips/",
    asOf: "2026-02",
    networks: networksIn(`
      173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 141.101.64.0/18 108.162.192.0/18 190.93.240.0/20
      188.114.96.0/20 197.234.240.0/22 198.41.128.0/17 162.158.0.0/15 104.16.0.0/13 104.24.0.0/14 172.64.0.0/13
      131.0.72.0/22 2400:cb00::/32 2606:4700::/32 2803:f800::/32 2405:b500::/32 2405:8100::/32 2a06:98c0::/29
      2c0f:f248::/32`),
  },
  {
    name: "fastly",
    title: "Fastly",
    source: "https://api.fastly.com/public-ip-list",
    asOf: "2026-10",
    networks: networksIn(`
      23.235.32.0/20 43.249.72.0/22 103.244.50.0/24 103.245.222.0/23 103.245.224.0/24 104.156.80.0/20 140.248.64.0/18
      140.248.128.0/17 146.75.0.0/17 151.101.0.0/16 157.52.64.0/18 167.82.0.0/17 167.82.128.0/20 167.82.160.0/20
      167.82.224.0/20 172.111.64.0/18 185.31.16.0/22 199.27.72.0/21 199.232.0.0/16 2a04:4e40::/32 2a04:4e42::/32`),
  },
  {
    name: "cloudfront",
    title: "Amazon CloudFront",
    source: "https://ip-ranges.amazonaws.com/ip-ranges.json (service CLOUDFRONT_ORIGIN_FACING)",
    asOf: "2026-09",
    networks: networksIn(`
      13.124.199.0/24 130.176.0.0/18 130.176.64.0/21 130.176.72.0/22 130.176.76.0/24 130.176.78.0/23 130.176.80.0/22
      130.176.86.0/23 130.176.88.0/21 130.176.96.0/19 130.176.128.0/21 130.176.136.0/23 130.176.140.0/22
      130.176.144.0/20 130.176.160.0/19 130.176.192.0/19 15.158.0.0/16 18.68.0.0/16 204.246.166.0/24 205.251.218.0/24
      24.110.128.0/17 3.172.0.0/18 3.172.64.0/18 3.29.57.0/26 52.46.0.0/18 52.82.128.0/23 52.82.134.0/23
      54.182.128.0/20 54.182.144.0/21 54.182.154.0/23 54.182.156.0/22 54.182.160.0/21 54.182.172.0/22 54.182.176.0/21
      54.182.184.0/22 54.182.188.0/23 54.182.224.0/21 54.182.240.0/21 54.182.248.0/22 54.239.134.0/23 54.239.170.0/23
      54.239.204.0/22 54.239.208.0/21 64.252.64.0/18 64.252.128.0/18 70.132.0.0/18 2406:da10:847f:a100::/56
      2406:da11:438:2300::/56 2406:da12:4b:c200::/56 2406:da12:8b2e:9c00::/56 2406:da14:17bd:2f00::/56
      2406:da14:80bb:ea00::/56 2406:da16:c01:c200::/56 2406:da18:9fa:1b00::/56 2406:da19:e19:4a00::/56
      2406:da1a:6df:6c00::/56 2406:da1b:e7c:ad00::/56 2406:da1c:787:2b00::/56 2406:da1c:8d8c:4600::/56
      2406:da1e:705:1600::/56 2406:da1f:396:9100::/56 2600:1f11:e79:a800::/56 2600:1f13:417:4d00::/56
      2600:1f16:1923:3000::/56 2600:1f17:4356:f100::/56 2600:1f18:7530:7200::/56 2600:1f1a:4568:b500::/56
      2600:1f1c:da:600::/56 2600:1f1e:a7:2300::/56 2600:9000:1000::/36 2600:9000:5200::/40 2600:9000:6000::/36
      2a05:d011:531:1800::/56 2a05:d012:581:b400::/56 2a05:d014:1362:b000::/56 2a05:d016:9ed:de00::/56
      2a05:d018:1a3a:2d00::/56 2a05:d019:80b:e300::/56 2a05:d01a:8a9:be00::/56 2a05:d01c:343:c300::/56
      2a05:d025:e59:fb00::/56`),
  },
  {
    name: "akamai",
    title: "Akamai",
    source: "https://techdocs.akamai.com/origin-ip-acl/docs/update-your-origin-server",
    asOf: "2025-07",
    networks: networksIn(`
      2.16.0.0/13 23.0.0.0/12 23.32.0.0/11 23.192.0.0/11 95.100.0.0/15 184.24.0.0/13 2600:1400::/24 2405:9600::/32
      2a02:26f0::/32`),
  },
];

export const CDN_NAMES: readonly string[] = CDN_LISTS.map(({ name }) => name);

const ALL = createNetworkRanges(
  CDN_LISTS.flatMap((list) => list.networks.map((subject) => ({ subject, list }))),
);

/** Returns the content delivery network that contains all of the subject. */
export function cdnOf(subject: Subject): CdnList | undefined {
  return ALL.containing(subject)?.list;
}

function networksIn(text: string): readonly Subject[] {
  return text.trim().split(/\s+/).map(literalSubject);
}

/**
 * Lists the networks of operators of web crawlers. A crawler is only here if all addresses of its operator are
 * published, because its own list changes several times a year: an address of the operator that the list lacks may
 * still be the crawler's. Lists are wider than published where the operator is likely to add networks.
 */
import { addressScope } from "./address-scope.ts";
import { cdnOf } from "./cdn-networks.ts";
import { literalSubject, type Subject } from "./cidr.ts";
import type { Ip } from "./ip.ts";
import { createNetworkRanges, type NetworkRanges } from "./network-ranges.ts";

export const CRAWLER_NAMES = ["googlebot", "applebot"] as const;
export type CrawlerName = (typeof CRAWLER_NAMES)[number];

export interface CrawlerList {
  /** URLs at which the operator publishes its networks, and those of the crawler. */
  readonly sources: readonly string[];
  /** Year and month in which the published lists were covered by this one. */
  readonly asOf: string;
  readonly networks: readonly Subject[];
}

export const CRAWLERS: { readonly [name in CrawlerName]: CrawlerList } = {
  googlebot: {
    sources: [
      "https://www.gstatic.com/ipranges/goog.json",
      "https://developers.google.com/static/search/apis/ipranges/googlebot.json",
    ],
    asOf: "2026-07",
    // Of 8, 34, 35 and 136 Google has parts that grow.
    networks: networksIn(`
      8.0.0.0/8 34.0.0.0/8 35.0.0.0/8 136.0.0.0/8 23.236.48.0/20 23.251.128.0/19 57.140.192.0/18 64.15.112.0/20
      64.233.160.0/19 66.22.228.0/23 66.102.0.0/20 66.249.64.0/19 70.32.128.0/19 72.14.192.0/18 74.125.0.0/16
      104.154.0.0/15 104.196.0.0/14 104.237.160.0/19 107.167.160.0/19 107.178.192.0/18 108.59.80.0/20
      108.170.192.0/18 108.177.0.0/17 130.211.0.0/16 142.250.0.0/15 146.148.0.0/17 152.65.192.0/18 162.120.128.0/17
      162.216.148.0/22 162.222.176.0/21 172.110.32.0/21 172.217.0.0/16 172.253.0.0/16 173.194.0.0/16
      173.255.112.0/20 192.158.28.0/22 192.178.0.0/15 193.186.4.0/24 199.36.154.0/23 199.36.156.0/24
      199.192.112.0/22 199.223.232.0/21 207.223.160.0/20 208.65.152.0/22 208.68.108.0/22 208.81.188.0/22
      208.117.224.0/19 209.85.128.0/17 216.58.192.0/19 216.73.80.0/20 216.239.32.0/19 2001:4860::/32 2404:6800::/32
      2404:f340::/32 2600:1900::/28 2605:ef80::/32 2606:40::/32 2606:73c0::/32 2607:f8b0::/32 2620:11a:a000::/40
      2620:120:e000::/40 2800:3f0::/32 2a00:1450::/32 2c0f:fb50::/32`),
  },
  applebot: {
    sources: [
      "https://support.apple.com/en-us/119829 (from the network 17.0.0.0)",
      "https://search.developer.apple.com/applebot.json",
    ],
    asOf: "2026-07",
    networks: networksIn("17.0.0.0/8"),
  },
};

const RANGES: { readonly [name in CrawlerName]: NetworkRanges<{ readonly subject: Subject }> } = {
  googlebot: rangesOf("googlebot"),
  applebot: rangesOf("applebot"),
};

/**
 * Returns whether requests from the address may be the crawler's: it is one of the operator's, or one behind which the
 * crawler may be, as a proxy of a content delivery network or of the own network.
 */
export function mayBeCrawler(name: CrawlerName, ip: Ip): boolean {
  const isProxy = addressScope(ip) !== "public" || cdnOf(ip) !== undefined;
  return isProxy || RANGES[name].containing(ip) !== undefined;
}

function rangesOf(name: CrawlerName): NetworkRanges<{ readonly subject: Subject }> {
  return createNetworkRanges(CRAWLERS[name].networks.map((subject) => ({ subject })));
}

function networksIn(text: string): readonly Subject[] {
  return text.trim().split(/\s+/).map(literalSubject);
}

/**
 * Determines the client of a request that came through proxies. A proxy appends the address of its peer to a list
 * (X-Forwarded-For, or Forwarded of RFC 7239), so only the hops that trusted proxies appended are proven. Reading from
 * the right, the first hop that is no trusted proxy is the client; the text to the left of it may be the client's.
 */
import type { Subject } from "../domain/cidr.ts";
import type { Ip } from "../domain/ip.ts";
import { createNetworkRanges, type NetworkRanges } from "../domain/network-ranges.ts";
import { readHop } from "./trusted-proxies/read-hop.ts";

type Networks = NetworkRanges<{ readonly subject: Subject }>;

export interface TrustedProxies {
  /** Proxies that the administrator runs. A chain may have several of them. */
  readonly own: Networks;
  /**
   * Content delivery networks. A chain has one address of them: a second one is where a customer's program sends its
   * requests from, as a Worker at Cloudflare, and the text left of it is chosen by that customer.
   */
  readonly cdns: Networks;
}

export function createTrustedProxies(
  own: readonly Subject[],
  cdns: readonly Subject[] = [],
): TrustedProxies {
  const networks = (subjects: readonly Subject[]): Networks =>
    createNetworkRanges(subjects.map((subject) => ({ subject })));
  return { own: networks(own), cdns: networks(cdns) };
}

/**
 * direct: the peer is no trusted proxy, so its headers are ignored. client: the address that the last trusted hop
 * reported; `hop` counts from the right, from 1. unknown: the client is not known, so no address may be banned.
 */
export type ForwardedClient =
  | { readonly kind: "direct" }
  | { readonly kind: "client"; readonly ip: Ip; readonly proxy: Ip; readonly hop: number }
  | { readonly kind: "unknown"; readonly proxy: Ip; readonly why: UnknownClient };

/**
 * missing: the line has no forwarded address. unreadable: a hop is no address, but "unknown" or an obfuscated one.
 * proxies-only: every hop is a trusted proxy. cdn-customer: a content delivery network forwarded for an address of its
 * own or of another one, which customers share.
 */
export type UnknownClient = "missing" | "unreadable" | "proxies-only" | "cdn-customer";

/** Maximum number of hops read. Longer chains of proxies do not occur, and the text may be a client's. */
const MAX_HOPS = 16;
/** Maximum length of one hop: an element of Forwarded has several parameters. */
const MAX_HOP_LENGTH = 512;

/**
 * Finds the client. `forwarded` is called only if the peer is trusted; it returns the list as written, or undefined.
 */
export function findClient(
  peer: Ip,
  trusted: TrustedProxies,
  forwarded: () => string | undefined,
): ForwardedClient {
  let isBehindCdn = false;
  const roleOf = (ip: Ip): "proxy" | "cdn-customer" | "client" => {
    if (trusted.own.containing(ip) !== undefined) return "proxy";
    if (trusted.cdns.containing(ip) === undefined) return "client";
    if (isBehindCdn) return "cdn-customer";
    isBehindCdn = true;
    return "proxy";
  };
  if (roleOf(peer) === "client") return { kind: "direct" };
  const list = forwarded();
  const unknown = (why: UnknownClient): ForwardedClient => ({ kind: "unknown", proxy: peer, why });
  if (list === undefined || isEmpty(list)) return unknown("missing");
  let end = list.length;
  for (let hop = 1; hop <= MAX_HOPS; hop++) {
    const start = elementStart(list, end);
    const ip = start === undefined ? undefined : readHop(list.slice(start, end));
    // The text to the left of this hop is not proven, and the hops to the right of it are proxies.
    if (ip === undefined || start === undefined) return unknown("unreadable");
    const role = roleOf(ip);
    if (role === "client") return { kind: "client", ip, proxy: peer, hop };
    if (role === "cdn-customer") return unknown(role);
    if (start === 0) return unknown("proxies-only");
    end = start - 1;
  }
  return unknown("unreadable");
}

/** Returns the last hop of the list: the address for which the peer forwards, if the peer is a proxy. */
export function lastHop(list: string): Ip | undefined {
  if (isEmpty(list)) return undefined;
  const start = elementStart(list, list.length);
  return start === undefined ? undefined : readHop(list.slice(start));
}

/** Returns whether the list is empty. Web servers write "-" for a header that a request does not have. */
function isEmpty(list: string): boolean {
  const text = list.trim();
  return text === "" || text === "-";
}

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

/** Returns whether backslashes in front make the character a part of a quoted text (RFC 9110, section 5.6.4). */
function isEscaped(list: string, at: number): boolean {
  let first = at;
  while (at - first < MAX_HOP_LENGTH && list.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}

/**
 * Returns where the last element begins: after the last comma outside of quotes. Reads from the right, where a trusted
 * proxy wrote, so that an open quote further left cannot hide the element. undefined: the element is too long.
 */
function elementStart(list: string, end: number): number | undefined {
  let isQuoted = false;
  const least = Math.max(0, end - MAX_HOP_LENGTH);
  for (let at = end - 1; at >= least; at--) {
    const code = list.charCodeAt(at);
    if (code === QUOTE && !isEscaped(list, at)) isQuoted = !isQuoted;
    else if (code === COMMA && !isQuoted) return at + 1;
  }
  return least === 0 ? 0 : undefined;
}

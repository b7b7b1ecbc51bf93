/**
 * From where an address can be spoken to: the machine itself, the networks nearby, or anywhere. Private means never
 * routed on the internet (RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291); all else counts as public.
 */
import { parseSubject, subjectContains } from "./cidr.ts";
import type { Ip } from "./ip.ts";

export type AddressScope = "any" | "loopback" | "private" | "public";

const LOOPBACK = networks("127.0.0.0/8", "::1");
const PRIVATE = networks(
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "fc00::/7",
  "fe80::/10",
);

/** "any" is the address that stands for all of the host's own when a socket is bound to it. */
export function addressScope(ip: Ip): AddressScope {
  if (ip === "0.0.0.0" || ip === "::") return "any";
  const isIn = (list: readonly ReturnType<typeof parseSubject>[]): boolean =>
    list.some((network) => network !== undefined && subjectContains(network, ip));
  if (isIn(LOOPBACK)) return "loopback";
  return isIn(PRIVATE) ? "private" : "public";
}

function networks(...texts: readonly string[]): readonly ReturnType<typeof parseSubject>[] {
  return texts.map(parseSubject);
}

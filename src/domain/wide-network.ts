/** Detects networks so wide that an order about one is probably a mistake: it would exempt or ban much of the internet. */
import { literalSubject, splitSubject, type Subject, subjectContains } from "./cidr.ts";

/** Prefix lengths of the largest networks that one organization has. */
const MIN_PREFIX_LENGTH = { ipv4: 8, ipv6: 16 } as const;
/** RFC 4193 and RFC 4291, section 2.5.6: never used on the internet. */
const LOCAL_NETWORKS = ["fc00::/7", "fe80::/10"].map(literalSubject);

/** Describes a network that is too wide: "every IPv4 address", "1/16 of all IPv4 addresses". undefined: it is not. */
export function describeWideNetwork(subject: Subject): string | undefined {
  const { family, prefix } = splitSubject(subject);
  if (prefix >= MIN_PREFIX_LENGTH[family]) return undefined;
  if (LOCAL_NETWORKS.some((local) => subjectContains(local, subject))) return undefined;
  const name = family === "ipv4" ? "IPv4" : "IPv6";
  return prefix === 0 ? `every ${name} address` : `1/${2 ** prefix} of all ${name} addresses`;
}

/** Networks so wide that an exemption of one is likelier a slip than a wish: most attackers would be in it. */
import { literalSubject, splitSubject, type Subject, subjectContains } from "./cidr.ts";

/** Of the largest network that one organization has. */
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 16 } as const;
/** RFC 4193 and RFC 4291, section 2.5.6: they are never anybody's on the Internet. */
const LOCAL_NETWORKS = ["fc00::/7", "fe80::/10"].map(literalSubject);

/** "every IPv4 address", "1/16 of all IPv4 addresses"; undefined: the subject is not too wide. */
export function describeWideNetwork(subject: Subject): string | undefined {
  const { family, prefix } = splitSubject(subject);
  if (prefix >= SHORTEST_PREFIX[family]) return undefined;
  if (LOCAL_NETWORKS.some((local) => subjectContains(local, subject))) return undefined;
  const name = family === "ipv4" ? "IPv4" : "IPv6";
  return prefix === 0 ? `every ${name} address` : `1/${2 ** prefix} of all ${name} addresses`;
}

/** Decides whether a network may be banned: nobody who is known is in it, and its size is within the jail's budget. */
import { splitSubject, type Subject } from "../../domain/cidr.ts";

export interface SubnetFacts {
  /** An entry of the allow-list that is in the network, or contains it. */
  readonly allowedBy: string | undefined;
  /** Who has logged in from it within 90 days, or is logged in there; for display. */
  readonly user: string | undefined;
  /** Networks that the jail bans as such already. */
  readonly banned: readonly Subject[];
}

/** Maximum number of IPv4 addresses in banned networks of a jail: 16 of a /20. */
const MAX_ADDRESSES = 65_536;
/** Maximum number of IPv6 /64 in them: 16 of a /48. */
const MAX_LANS = 16 * 65_536;

/** Returns why a network must not be banned; undefined: it may be. */
export function explainRefusal(
  subnet: Subject,
  { allowedBy, user, banned }: SubnetFacts,
): string | undefined {
  if (allowedBy !== undefined) return `an address in it is exempt (${allowedBy})`;
  if (user !== undefined) return user;
  const { family } = splitSubject(subnet);
  const same = [subnet, ...banned].filter((one) => splitSubject(one).family === family);
  const size = same.reduce((sum, one) => sum + sizeOf(one), 0);
  if (family === "ipv4" && size > MAX_ADDRESSES)
    return `the jail would ban more than ${MAX_ADDRESSES} addresses as networks`;
  if (family === "ipv6" && size > MAX_LANS)
    return `the jail would ban more than ${MAX_LANS} networks /64`;
  return undefined;
}

/** Returns the number of IPv4 addresses, or of IPv6 /64. */
function sizeOf(subject: Subject): number {
  const { family, prefix } = splitSubject(subject);
  return family === "ipv4" ? 2 ** (32 - prefix) : 2 ** (64 - prefix);
}

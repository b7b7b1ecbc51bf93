import type { CountedFailure } from "../../domain/ban-book.ts";
import { splitSubject, type Subject, subjectContains, widthOf } from "../../domain/cidr.ts";
import type { Ip } from "../../domain/ip.ts";

/**
 * Returns the address that a report may name: the banned one, or of a banned network the one that the filter found in
 * the newest line of the evidence. undefined: no address was stored, and the network itself did nothing. The text of a
 * line is never searched, because a client may have chosen other addresses in it.
 */
export function reportedAddress(
  subject: Subject,
  evidence: readonly Pick<CountedFailure, "ip">[],
): Ip | undefined {
  const { ip, family, prefix } = splitSubject(subject);
  if (prefix === widthOf(family)) return ip;
  return evidence.findLast((one) => one.ip !== undefined && subjectContains(subject, one.ip))?.ip;
}

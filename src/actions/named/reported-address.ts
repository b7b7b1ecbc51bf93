import { splitSubject, type Subject, subjectContains, widthOf } from "../../domain/cidr.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";

const MAX_ADDRESS_LENGTH = 45;

/**
 * Returns the address that a report may name: the banned one, or of a banned network the one in its newest line with
 * exactly one address of it. undefined: no line names one, and the network itself did nothing.
 */
export function reportedAddress(subject: Subject, lines: readonly string[]): Ip | undefined {
  const { ip, family, prefix } = splitSubject(subject);
  if (prefix === widthOf(family)) return ip;
  for (const line of lines.toReversed()) {
    const found = new Set(
      (line.match(/[0-9a-f:.]{3,}/gi) ?? [])
        .filter((text) => text.length <= MAX_ADDRESS_LENGTH)
        .map((text) => parseIp(text.replace(/[.:]$/, "")) ?? parseIp(text))
        .filter((one) => one !== undefined && subjectContains(subject, one)),
    );
    const [only, ...others] = found;
    if (only !== undefined && others.length === 0) return only;
  }
  return undefined;
}

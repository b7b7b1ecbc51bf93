/** Describes what local files say of an address, or of the first address of a network. */
import { splitSubject, type Subject } from "../../domain/cidr.ts";
import type { AddressFiles } from "../../host/geo/address-facts.ts";
import type { AddressFactsReply } from "../stats-messages.ts";

/** `subject`: undefined if nothing is to be looked up. */
export function describeAddress(
  files: AddressFiles,
  subject: Subject | undefined,
): AddressFactsReply {
  const facts = subject && files.find(splitSubject(subject).ip);
  return {
    country: facts?.country ?? null,
    asn: facts?.asn ?? null,
    organization: facts?.organization ?? null,
  };
}

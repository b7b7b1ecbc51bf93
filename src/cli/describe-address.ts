import type { AddressFactsReply } from "../control/stats-messages.ts";
import { safe } from "./terminal.ts";

/** Describes country and network of an address: "DE AS64496 Example Net"; empty: nothing is known. */
export function describeAddress({ country, asn, organization }: AddressFactsReply): string {
  const system = asn === null ? [] : `AS${asn}`;
  return [country ?? [], system, organization === null ? [] : safe(organization)].flat().join(" ");
}

/** Reads the prefixes of NAT64 translators, which represent IPv4 hosts as IPv6 addresses. */
import { parseSubject, splitSubject, type Subject } from "../../domain/cidr.ts";
import { NAT64_LENGTHS } from "../../domain/counting-prefix.ts";
import { fail, ok } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, mistake } from "./kind.ts";
import { readList } from "../read-list.ts";

const ENTRY = `an IPv6 network of ${NAT64_LENGTHS.join(", ")} bits`;

export const nat64Kind: Kind<readonly Subject[]> = {
  describe: () => 'a list of IPv6 networks such as ["2001:db8:64::/96"]',
  read(value, limits) {
    return readList(value, {
      expected: this.describe(limits),
      least: 0,
      readOne(text) {
        const network = typeof text === "string" ? parseSubject(text) : undefined;
        return network !== undefined && isNat64(network)
          ? ok(network)
          : fail(mistake(describeValue(text), ENTRY));
      },
    });
  },
};

function isNat64(network: Subject): boolean {
  const { family, prefix } = splitSubject(network);
  return family === "ipv6" && NAT64_LENGTHS.includes(prefix);
}

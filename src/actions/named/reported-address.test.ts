import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../../domain/cidr.ts";
import { parseIp } from "../../domain/ip.ts";
import { reportedAddress } from "./reported-address.ts";

test("a report names the banned address", () => {
  assert.equal(reportedAddress(literalSubject("192.0.2.7"), []), "192.0.2.7");
  const other = [{ ip: parseIp("2001:db8::8") }];
  assert.equal(reportedAddress(literalSubject("2001:db8::7"), other), "2001:db8::7");
});

const NETWORK = literalSubject("2001:db8::/64");
const CASES: readonly (readonly [stored: readonly string[], address: string | undefined])[] = [
  [["2001:db8::7"], "2001:db8::7"],
  [["2001:db8::7", "2001:db8::8"], "2001:db8::8"],
  // An earlier release stored no address with the newest line.
  [["2001:db8::7", ""], "2001:db8::7"],
  [["2001:db8:1::7"], undefined],
  [[""], undefined],
  [[], undefined],
];

for (const [stored, address] of CASES) {
  test(`the reported address of a network with ${JSON.stringify(stored)}`, () => {
    const evidence = stored.map((text) => ({ ip: parseIp(text) }));
    assert.equal(reportedAddress(NETWORK, evidence), address);
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../../domain/cidr.ts";
import { reportedAddress } from "./reported-address.ts";

test("a report names the banned address", () => {
  assert.equal(reportedAddress(literalSubject("192.0.2.7"), []), "192.0.2.7");
  assert.equal(reportedAddress(literalSubject("2001:db8::7"), ["x"]), "2001:db8::7");
});

const NETWORK = literalSubject("2001:db8::/64");
const CASES: readonly (readonly [lines: readonly string[], address: string | undefined])[] = [
  [["Failed password for root from 2001:db8::7 port 22"], "2001:db8::7"],
  [["client=2001:db8::7: refused", "connect from [2001:DB8:0:0::8]:4711."], "2001:db8::8"],
  // A name with another address of the network makes a line ambiguous, so an earlier one counts.
  [["from 2001:db8::7", "user 2001:db8::9 from 2001:db8::7"], "2001:db8::7"],
  [["user 2001:db8::9 from 2001:db8::7"], undefined],
  [["from 2001:db8:1::7 at 12:30:45"], undefined],
  [[`from ${"2001:db8::7:".repeat(1000)}`], undefined],
  [[], undefined],
];

for (const [lines, address] of CASES) {
  test(`the address of a banned network in ${JSON.stringify(lines).slice(0, 80)}`, () => {
    assert.equal(reportedAddress(NETWORK, lines), address);
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject, type Subject } from "../../domain/cidr.ts";
import { explainRefusal, type SubnetFacts } from "./subnet-limits.ts";

const NONE: SubnetFacts = { allowedBy: undefined, user: undefined, banned: [] };
const SMALL = literalSubject("192.0.2.0/24");

function times(count: number, subnet: string): readonly Subject[] {
  return Array.from({ length: count }, () => literalSubject(subnet));
}

test("a network is not banned if users log in there, or an exempt address is in it", () => {
  assert.equal(explainRefusal(SMALL, NONE), undefined);
  const user = "alice has logged in from 192.0.2.9";
  assert.equal(explainRefusal(SMALL, { ...NONE, user }), user);
  const exempt = explainRefusal(SMALL, { ...NONE, allowedBy: "ignoreip 192.0.2.9" });
  assert.equal(exempt, "an address in it is exempt (ignoreip 192.0.2.9)");
});

test("16 networks /20 are the most, and 16 of /48", () => {
  const wide = (count: number): SubnetFacts => ({
    ...NONE,
    banned: times(count, "203.0.112.0/20"),
  });
  assert.equal(explainRefusal(literalSubject("198.51.96.0/20"), wide(15)), undefined);
  const refusal = "the jail would ban more than 65536 addresses as networks";
  assert.equal(explainRefusal(literalSubject("198.51.96.0/20"), wide(16)), refusal);
  assert.equal(explainRefusal(SMALL, wide(16)), refusal);
  const large = literalSubject("2001:db8:1::/48");
  // Networks of IPv4 take nothing from the budget of IPv6.
  assert.equal(explainRefusal(large, wide(16)), undefined);
  const lans = (count: number): SubnetFacts => ({
    ...NONE,
    banned: times(count, "2001:db8:2::/48"),
  });
  assert.equal(explainRefusal(large, lans(15)), undefined);
  assert.equal(explainRefusal(SMALL, lans(16)), undefined);
  assert.match(explainRefusal(large, lans(16)) ?? "", /more than 1048576 networks \/64/);
});

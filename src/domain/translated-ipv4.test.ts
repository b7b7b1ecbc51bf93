import assert from "node:assert/strict";
import test from "node:test";
import { literalSubject, subjectRange } from "./cidr.ts";
import { ipv4Behind } from "./translated-ipv4.ts";

const HOST = "192.0.2.33";
const EVERY = "0.0.0.0/0";

for (const [what, text, nat64, expected] of [
  // The examples of RFC 6052, section 2.4.
  ["NAT64, 32 bits", "2001:db8:c000:221::", ["2001:db8::/32"], [HOST]],
  ["NAT64, 40 bits", "2001:db8:1c0:2:21::", ["2001:db8:100::/40"], [HOST]],
  ["NAT64, 48 bits", "2001:db8:122:c000:2:2100::", ["2001:db8:122::/48"], [HOST]],
  ["NAT64, 56 bits", "2001:db8:122:3c0:0:221::", ["2001:db8:122:300::/56"], [HOST]],
  ["NAT64, 64 bits", "2001:db8:122:344:c0:2:2100::", ["2001:db8:122:344::/64"], [HOST]],
  ["NAT64, 96 bits", "2001:db8:122:344::192.0.2.33", ["2001:db8:122:344::/96"], [HOST]],
  ["NAT64 of no prefix given", "2001:db8:c000:221::", [], []],
  ["NAT64, the well-known prefix", "64:ff9b::192.0.2.33", [], [HOST]],
  ["NAT64, the local prefix with 48 bits", "64:ff9b:1:c000:2:2100::", [], [HOST]],
  ["NAT64, the local prefix with 64 bits", "64:ff9b:1:5:c0:2:2100::", [], [HOST]],
  ["NAT64, the local prefix with 96 bits", "64:ff9b:1:5::192.0.2.33", [], [HOST]],
  ["a network of the local prefix", "64:ff9b:1:c000::/64", [], [EVERY]],
  ["6to4", "2002:c000:221::1", [], [HOST]],
  ["6to4, a site", "2002:c000:221::/48", [], [HOST]],
  ["6to4, all of it", "2002::/16", [], [EVERY]],
  ["IPv4-compatible", "::192.0.2.33", [], [HOST]],
  ["IPv4-translated", "::ffff:0:192.0.2.33", [], [HOST]],
  ["a network of hosts", "64:ff9b::192.0.2.0/120", [], ["192.0.2.0/24"]],
  ["IPv4 itself", HOST, ["2001:db8::/32"], []],
] as const)
  test(`IPv4 hosts behind ${text}: ${what}`, () => {
    const ranges = ipv4Behind(literalSubject(text), nat64.map(literalSubject));
    assert.deepEqual(
      ranges.map(({ first, last }) => [first, last]),
      expected.map(literalSubject).map((subject) => {
        const { first, last } = subjectRange(subject);
        return [first, last];
      }),
    );
  });

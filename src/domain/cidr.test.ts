import assert from "node:assert/strict";
import { BlockList } from "node:net";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import {
  literalSubject,
  maskIp,
  parseSubject,
  type Subject,
  splitSubject,
  subjectContains,
  subjectRange,
  subjectsOverlap,
  widthOf,
} from "./cidr.ts";
import { familyOf, type Ip, ipFromBits } from "./ip.ts";

const PARSED: readonly (readonly [string, string | undefined])[] = [
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.0/24", "192.0.2.0/24"],
  ["192.0.2.77/24", "192.0.2.0/24"],
  ["192.0.2.77/32", "192.0.2.77"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["2001:db8::1/64", "2001:db8::/64"],
  ["2001:db8:1:2:3:4:5:6/56", "2001:db8:1::/56"],
  ["2001:db8::1/128", "2001:db8::1"],
  ["::/0", "::/0"],
  ["fe80::1%eth0/64", "fe80::/64"],
  ["::ffff:192.0.2.0/120", "192.0.2.0/24"],
  ["::ffff:192.0.2.9/128", "192.0.2.9"],
  ["::ffff:192.0.2.0/95", undefined],
  ["192.0.2.0/33", undefined],
  ["2001:db8::/129", undefined],
  ["192.0.2.0/", undefined],
  ["192.0.2.0/024", undefined],
  ["192.0.2.0/-1", undefined],
  ["192.0.2.0/2 4", undefined],
  ["192.0.2.0/24/8", undefined],
  ["192.0.2.0/255.255.255.0", undefined],
  ["/24", undefined],
  ["192.0.2.256/24", undefined],
  ["example.org/24", undefined],
];

const anIp: fc.Arbitrary<Ip> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((bits) => ipFromBits(bits, "ipv4")),
  fc.bigInt({ min: 2n ** 48n, max: 2n ** 128n - 1n }).map((bits) => ipFromBits(bits, "ipv6")),
);
const aSubject: fc.Arbitrary<Subject> = fc
  .tuple(anIp, fc.nat(128))
  .map(([ip, prefix]) => maskIp(ip, Math.min(prefix, widthOf(familyOf(ip)))));

test("a subject is an address or a network with its host bits clear", () => {
  for (const [text, subject] of PARSED) assert.equal(parseSubject(text), subject, text);
});

test("canonical subjects parse to themselves and split into their parts", () => {
  fc.assert(
    fc.property(anIp, fc.nat(128), (address, wanted) => {
      const prefix = Math.min(wanted, widthOf(familyOf(address)));
      const subject = maskIp(address, prefix);
      assert.equal(parseSubject(subject), subject);
      assert.equal(parseSubject(`${address}/${prefix}`), subject);
      assert.equal(splitSubject(subject).prefix, prefix);
      assert.equal(splitSubject(subject).family, familyOf(address));
      assert.ok(subjectContains(subject, address));
      const { first, last } = subjectRange(subject);
      assert.equal(last - first + 1n, 1n << BigInt(widthOf(familyOf(address)) - prefix));
    }),
    fuzzRuns(100),
  );
});

test("two subjects overlap exactly when one contains the other", () => {
  const related = aSubject.chain((outer) => {
    const { ip: network, prefix } = splitSubject(outer);
    return fc.tuple(
      fc.constant(outer),
      fc.nat(128).map((p) => maskIp(network, Math.max(prefix, p))),
    );
  });
  fc.assert(
    fc.property(fc.oneof(related, fc.tuple(aSubject, aSubject)), ([a, b]) => {
      const contained = subjectContains(a, b) || subjectContains(b, a);
      assert.equal(subjectsOverlap(a, b), contained);
      assert.equal(subjectsOverlap(b, a), contained);
    }),
    fuzzRuns(100),
  );
});

test("containment agrees with the platform's own block list", () => {
  fc.assert(
    fc.property(aSubject, anIp, (network, address) => {
      const { ip: base, family, prefix } = splitSubject(network);
      // The platform's list treats IPv6 mapped forms of IPv4 networks as members too: compare within a family.
      fc.pre(familyOf(address) === family);
      const list = new BlockList();
      list.addSubnet(base, prefix, family);
      assert.equal(subjectContains(network, address), list.check(address, family));
    }),
    fuzzRuns(100),
  );
});

test("an invalid subject literal in the code throws when it is loaded", () => {
  assert.equal(literalSubject("fe80::/10"), parseSubject("fe80::/10"));
  assert.throws(() => literalSubject("fe80::/129"), /not an address or network: fe80::\/129/);
});

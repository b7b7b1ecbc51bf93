import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { literalSubject } from "../../domain/cidr.ts";
import { type Ip, ipFromBits, parseIp } from "../../domain/ip.ts";
import { explainRefusal, MAX_BANNED, SubnetDetector, type SubnetOffense } from "./subnets.ts";

const DAY_MS = 86_400_000;
/** The beginning of a generation of 3.5 days. */
const START = 3.5 * DAY_MS * 5900;

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function offenses(addresses: readonly string[], at = START, detector = new SubnetDetector()) {
  return addresses.flatMap((address) => detector.offense(ip(address), at) ?? []);
}

const SEVEN = Array.from({ length: 7 }, (_, i) => `192.0.2.${i + 1}`);

test("the eighth different address of a /24 reports it, and one address often does not", () => {
  assert.deepEqual(offenses([...SEVEN, ...SEVEN, ...SEVEN]), []);
  assert.deepEqual(offenses([...SEVEN, "192.0.2.200"]), [{ subnet: "192.0.2.0/24", offenders: 8 }]);
});

test("a network is reported again when twice as many offended", () => {
  const addresses = Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`);
  const counts = offenses(addresses).map(({ offenders }) => offenders);
  assert.deepEqual(counts, [8, 16, 32]);
});

test("offenders of 3.5 to 7 days count together", () => {
  const inTwo = (pause: number): readonly SubnetOffense[] => {
    const detector = new SubnetDetector();
    offenses(SEVEN, START, detector);
    return offenses(["192.0.2.200"], START + pause, detector);
  };
  assert.equal(inTwo(6.9 * DAY_MS).length, 1);
  assert.equal(inTwo(7 * DAY_MS).length, 0);
});

test("a /20 needs 32 offenders, in at least six of its /24", () => {
  // 203.0.112.0/20 has the parts 203.0.112.0/24 to 203.0.127.0/24.
  const spread = (parts: number): readonly string[] =>
    Array.from({ length: 32 }, (_, i) => `203.0.${112 + (i % parts)}.${i}`);
  // Seven addresses of each part are below the limit of a /24.
  assert.deepEqual(offenses(spread(6)), [{ subnet: "203.0.112.0/20", offenders: 32 }]);
  const few = offenses(spread(5)).filter(({ subnet }) => subnet.endsWith("/20"));
  assert.deepEqual(few, []);
});

test("IPv6 counts by /64: eight of a /56, and 32 of a /48", () => {
  const small = Array.from({ length: 8 }, (_, i) => `2001:db8:1:100${i.toString(16)}::1`);
  assert.deepEqual(offenses(small), [{ subnet: "2001:db8:1:1000::/56", offenders: 8 }]);
  const same = Array.from({ length: 8 }, (_, i) => `2001:db8:1:1000::${i}`);
  assert.deepEqual(offenses(same), []);
  const large = Array.from({ length: 32 }, (_, i) => {
    const group = ((i % 8) * 256 + i).toString(16);
    return `2001:db8:1:${group}::1`;
  });
  assert.deepEqual(offenses(large), [{ subnet: "2001:db8:1::/48", offenders: 32 }]);
});

test("a saved state continues", () => {
  const detector = new SubnetDetector();
  offenses(SEVEN, START, detector);
  const next = new SubnetDetector();
  next.restore(JSON.parse(JSON.stringify(detector.state())));
  assert.deepEqual(offenses(["192.0.2.200"], START, next).length, 1);
});

test("whatever offends, networks are bounded", () => {
  const detector = new SubnetDetector();
  for (let i = 0; i < 20_000; i++) detector.offense(ipFromBits(BigInt(i) << 8n, "ipv4"), START + i);
  const { length } = detector.state();
  assert.ok(length <= 4096 && length > 3800, `${length}`);
});

test("a reported network has as many different offenders as it says, whatever their order", () => {
  const offender = fc.record({ part: fc.nat(2), host: fc.nat(15) });
  fc.assert(
    fc.property(fc.array(offender, { maxLength: 60 }), (offenders) => {
      const addresses = offenders.map(({ part, host }) => `198.51.${96 + part}.${host}`);
      const of24 = Map.groupBy(new Set(addresses), (one) => one.slice(0, one.lastIndexOf(".")));
      const expected = [...of24.values()].filter((of) => of.length >= 8).length;
      const found = new Set(offenses(addresses).map(({ subnet }) => subnet));
      assert.equal(found.size, expected);
    }),
    fuzzRuns(200),
  );
});

test("a network is not banned if users log in there, an exempt address is in it, or too much is banned", () => {
  const offense = offenses([...SEVEN, "192.0.2.200"])[0];
  assert.ok(offense !== undefined);
  const none = { loginAt: undefined, allowedBy: undefined, banned: [] };
  assert.equal(explainRefusal(offense, none, START), undefined);
  const login = { ...none, loginAt: START - DAY_MS };
  assert.equal(explainRefusal(offense, login, START), "a user logged in from it 1d ago");
  const allowed = { ...none, allowedBy: "192.0.2.9" };
  assert.equal(explainRefusal(offense, allowed, START), "192.0.2.9 is exempt");
  const many = Array.from({ length: MAX_BANNED }, () => literalSubject("2001:db8::/56"));
  const full = explainRefusal(offense, { ...none, banned: many }, START);
  assert.equal(full, "64 networks are banned already");
  const wide = {
    ...none,
    banned: Array.from({ length: 16 }, () => literalSubject("203.0.112.0/20")),
  };
  const over = explainRefusal(offense, wide, START);
  assert.equal(over, "more than 65536 addresses would be banned as networks");
});

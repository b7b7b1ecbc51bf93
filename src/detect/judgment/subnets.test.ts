import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { literalSubject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import { type Ip, ipv4FromNumber, parseIp } from "../../domain/ip.ts";
import { SubnetDetector, type SubnetOffense } from "./subnets.ts";

const DAY_MS = 86_400_000;
/** The beginning of a generation of 3.5 days. */
const START = 3.5 * DAY_MS * 5900;

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function createDetector(ipv6Prefix = 64): SubnetDetector {
  return new SubnetDetector({ ipv6Prefix, nat64: [] });
}

interface Tries {
  readonly detector?: SubnetDetector;
  readonly at?: number;
  readonly weight?: number;
}

/** Each address fails twice, unless the weight is another. */
function offenses(
  addresses: readonly string[],
  { detector = createDetector(), at = START, weight = 2 }: Tries = {},
): readonly SubnetOffense[] {
  return addresses.flatMap(
    (address) => detector.attempt({ ip: ip(address), at: instant(at), weight }) ?? [],
  );
}

const SEVEN = Array.from({ length: 7 }, (_, i) => `192.0.2.${i + 1}`);
const EIGHT = [...SEVEN, "192.0.2.200"];

test("the eighth address of a /24 that failed twice reports it; fewer addresses or single failures do not", () => {
  assert.deepEqual(offenses([...SEVEN, ...SEVEN, ...SEVEN]), []);
  assert.deepEqual(offenses(EIGHT, { weight: 1 }), []);
  assert.deepEqual(offenses([...EIGHT, ...SEVEN], { weight: 1 }), []);
  const found = [{ subnet: "192.0.2.0/24", offenders: 8, failures: 16 }];
  assert.deepEqual(offenses([...EIGHT, ...EIGHT], { weight: 1 }), found);
  assert.deepEqual(offenses(EIGHT), found);
});

test("a network is reported again when twice as many addresses failed", () => {
  const addresses = Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`);
  const counts = offenses(addresses).map(({ offenders }) => offenders);
  assert.deepEqual(counts, [8, 16, 32]);
});

test("failures of 3.5 to 7 days count together, also two of one address", () => {
  const after = (pause: number): number => {
    const detector = createDetector();
    offenses(SEVEN, { detector });
    offenses(["192.0.2.200"], { detector, weight: 1 });
    return offenses(["192.0.2.200"], { detector, at: START + pause, weight: 1 }).length;
  };
  assert.equal(after(6.9 * DAY_MS), 1);
  assert.equal(after(7 * DAY_MS), 0);
});

test("a /20 needs 32 addresses, in at least six of its /24", () => {
  // 203.0.112.0/20 has the parts 203.0.112.0/24 to 203.0.127.0/24.
  const spread = (parts: number): readonly string[] =>
    Array.from({ length: 32 }, (_, i) => `203.0.${127 - (i % parts)}.${i}`);
  const found = { subnet: "203.0.112.0/20", offenders: 32, failures: 64 };
  assert.deepEqual(offenses(spread(6)), [found]);
  const few = offenses(spread(5)).filter(({ subnet }) => subnet.endsWith("/20"));
  assert.deepEqual(few, []);
});

test("a part of a /20 counts with two addresses", () => {
  const counts = (second: number): number => {
    const parts = [1, 2, 3, 4, 5].flatMap((part) =>
      Array.from({ length: part === 1 ? second : 2 }, (_, i) => `203.0.${112 + part}.${i}`),
    );
    const rest = Array.from({ length: 32 - parts.length }, (_, i) => `203.0.112.${i}`);
    return offenses([...parts, ...rest]).filter(({ subnet }) => subnet.endsWith("/20")).length;
  };
  assert.deepEqual([counts(2), counts(1)], [1, 0]);
});

test("parts of a /20 that failed up to seven days ago count, although they were quiet since", () => {
  const all = Array.from({ length: 32 }, (_, i) => `203.0.${112 + (i % 8)}.${i}`);
  const after = (pause: number): number => {
    const detector = createDetector();
    const early = all.filter((_, i) => i % 8 < 6);
    offenses(early, { detector });
    const late = all.filter((_, i) => i % 8 >= 6);
    return offenses(late, { detector, at: START + pause }).length;
  };
  assert.equal(after(6.9 * DAY_MS), 1);
  assert.equal(after(7 * DAY_MS), 0);
});

test("IPv6 counts by /64: eight of a /56, and 32 of a /48", () => {
  const small = Array.from({ length: 8 }, (_, i) => `2001:db8:1:100${i.toString(16)}::1`);
  assert.deepEqual(
    offenses(small).map(({ subnet }) => subnet),
    ["2001:db8:1:1000::/56"],
  );
  const same = Array.from({ length: 8 }, (_, i) => `2001:db8:1:1000::${i}`);
  assert.deepEqual(offenses(same), []);
  const large = Array.from({ length: 32 }, (_, i) => {
    const group = ((255 - (i % 8) * 20) * 256 + i).toString(16);
    return `2001:db8:1:${group}::1`;
  });
  assert.deepEqual(offenses(large), [{ subnet: "2001:db8:1::/48", offenders: 32, failures: 64 }]);
});

test("a jail that counts single IPv6 addresses finds a /64; one that counts a /56 finds nothing", () => {
  const hosts = Array.from(
    { length: 12 },
    (_, i) => `2001:db8:1:1000:${(i + 1).toString(16)}000::1`,
  );
  const single = offenses(hosts, { detector: createDetector(128) });
  assert.deepEqual(
    single.map(({ subnet }) => subnet),
    ["2001:db8:1:1000::/64"],
  );
  const others = ["2001:db8:1:1001::1", "2001:db8:1:1002::1", "3001:db8:1:1000::1"];
  const few = [...hosts.slice(0, 7), ...others];
  assert.deepEqual(offenses(few, { detector: createDetector(128) }), []);
  const wide = Array.from(
    { length: 200 },
    (_, i) => `2001:db8:1:10${i.toString(16).padStart(2, "0")}::1`,
  );
  assert.deepEqual(offenses(wide, { detector: createDetector(56) }), []);
  // A subject of a /60 is one offender, whatever its /64.
  assert.deepEqual(offenses(wide.slice(0, 112), { detector: createDetector(60) }), []);
  assert.equal(offenses(wide.slice(0, 113), { detector: createDetector(60) }).length, 1);
});

test("where each address is another host, as behind NAT64, no network is reported", () => {
  const hosts = Array.from({ length: 100 }, (_, i) => `64:ff9b::c000:${(512 + i).toString(16)}`);
  for (const prefix of [64, 128])
    assert.deepEqual(offenses(hosts, { detector: createDetector(prefix) }), []);
});

test("a forgotten network begins again, and a forgotten address stays an offender", () => {
  const detector = createDetector();
  offenses(EIGHT, { detector });
  detector.forget(literalSubject("192.0.2.0/24"));
  assert.deepEqual(offenses(SEVEN, { detector }), []);
  detector.forget(ip("192.0.2.1"));
  assert.equal(offenses(["192.0.2.200"], { detector }).length, 1);
  const large = Array.from({ length: 32 }, (_, i) => `203.0.${112 + (i % 8)}.${i}`);
  assert.equal(offenses(large, { detector }).length, 1);
  detector.forget(literalSubject("203.0.112.0/20"));
  assert.deepEqual(offenses(large.slice(0, 31), { detector }), []);
  detector.forget(literalSubject("192.0.2.0/24"));
  assert.equal(detector.state().length, 8, "the parts of the /20");
  detector.forget(literalSubject("203.0.112.0/20"));
  assert.deepEqual(detector.state(), []);
});

test("a saved state continues, and a step of the clock ages nothing", () => {
  const detector = createDetector();
  offenses(SEVEN, { detector });
  const next = createDetector();
  next.restore(JSON.parse(JSON.stringify(detector.state())));
  assert.equal(offenses(["192.0.2.200"], { detector: next }).length, 1);
  for (const step of [100 * DAY_MS, -100 * DAY_MS]) {
    const stepped = createDetector();
    offenses(EIGHT, { detector: stepped });
    stepped.shift(step);
    const more = Array.from({ length: 8 }, (_, i) => `192.0.2.${i + 100}`);
    assert.equal(offenses(more, { detector: stepped, at: START + step }).length, 1);
    const later = { detector: stepped, at: START + step + 7 * DAY_MS };
    assert.deepEqual(offenses(SEVEN, later), []);
  }
});

test("networks of a single failure are not saved", () => {
  const detector = createDetector();
  offenses(["192.0.2.1", "198.51.100.1", "198.51.100.2"], { detector, weight: 1 });
  assert.equal(detector.state().length, 1);
});

test("after a step of the clock a saved state continues, and one from the future ages from now", () => {
  for (const step of [-100 * DAY_MS, 100 * DAY_MS]) {
    const detector = createDetector();
    detector.shift(step);
    offenses(SEVEN, { detector, at: START + step });
    const next = createDetector();
    next.restore(JSON.parse(JSON.stringify(detector.state())), instant(START + step));
    assert.equal(offenses(["192.0.2.200"], { detector: next, at: START + step }).length, 1);
  }
  const future = createDetector();
  offenses(SEVEN, { detector: future, at: START + 100 * DAY_MS });
  const next = createDetector();
  next.restore(JSON.parse(JSON.stringify(future.state())), instant(START));
  assert.deepEqual(offenses(["192.0.2.200"], { detector: next, at: START + 8 * DAY_MS }), []);
});

test("networks of one failure displace none whose addresses failed twice", () => {
  const detector = createDetector();
  assert.deepEqual(offenses(SEVEN, { detector }), []);
  for (let n = 0; n < 20_000; n++)
    detector.attempt({ ip: ipv4FromNumber(0x0a00_0000 + n * 256), at: instant(START), weight: 1 });
  assert.equal(offenses(["192.0.2.99"], { detector })[0]?.offenders, 8);
});

test("networks are bounded, however many fail", () => {
  const detector = createDetector();
  offenses(SEVEN, { detector });
  for (let i = 0; i < 20_000; i++) {
    detector.attempt({ ip: ipv4FromNumber(i << 8), at: instant(START + i), weight: 2 });
    if (i % 1000 === 0) offenses(["192.0.2.1"], { detector });
  }
  const { length } = detector.state();
  assert.ok(length <= 4096 && length > 3800, `${length}`);
  assert.equal(offenses(["192.0.2.200"], { detector }).length, 1, "it failed again and again");
});

test("a network is reported when as many different addresses failed as it says, whatever their order", () => {
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

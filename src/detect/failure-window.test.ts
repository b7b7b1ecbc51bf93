import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzCount, fuzzRuns } from "../../test/fuzz-rounds.ts";
import { duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { type Ip, ipFromBits } from "../domain/ip.ts";
import { createFailureWindow } from "./failure-window.ts";

const FINDTIME = duration(100);

function address(n: number): Ip {
  return ipFromBits(BigInt(0xc0000200 + n), "ipv4");
}

const A = address(1);
const B = address(2);
const OWN = { hasExtra: false };

test("an offense is maxretry failures within findtime, counted from the newest", () => {
  const window = createFailureWindow({ findtime: FINDTIME, maxretry: 3, maxTracked: 10 });
  const observe = (at: number, weight = 1) => window.observe(A, instant(at), weight);
  assert.deepEqual(observe(1000), { ...OWN, count: 1, offense: false });
  assert.deepEqual(observe(1050), { ...OWN, count: 2, offense: false });
  assert.deepEqual(observe(1101), { ...OWN, count: 2, offense: false });
  // Late, but inside the window that ends with the newest.
  assert.deepEqual(observe(1001), { ...OWN, count: 3, offense: true });
  assert.deepEqual(observe(1101), { ...OWN, count: 3, offense: true });
  assert.deepEqual(observe(900), { ...OWN, count: 3, offense: true });
  assert.equal(window.countOf(A, instant(1101)), 3);
  assert.equal(window.countOf(A, instant(1200)), 2);
  assert.equal(window.countOf(A, instant(5000)), 0);
  assert.equal(window.countOf(B, instant(1101)), 0);
});

test("a window says whether extra weight is among what it counts", () => {
  const window = createFailureWindow({ findtime: FINDTIME, maxretry: 3, maxTracked: 10 });
  assert.deepEqual(window.observe(A, instant(1000), 1, 1), {
    count: 2,
    offense: false,
    hasExtra: true,
  });
  for (const at of [1010, 1020, 1030]) window.observe(A, instant(at), 1);
  assert.deepEqual(window.observe(A, instant(1040), 1), { ...OWN, count: 3, offense: true });
});

test("the edge of the window is included", () => {
  const window = createFailureWindow({ findtime: FINDTIME, maxretry: 2, maxTracked: 10 });
  window.observe(A, instant(1000), 1);
  assert.equal(window.observe(A, instant(1100), 1).offense, true);
  window.observe(B, instant(1000), 1);
  assert.equal(window.observe(B, instant(1101), 1).offense, false);
});

test("a line may report several failures, and a forgotten subject starts over", () => {
  const window = createFailureWindow({ findtime: FINDTIME, maxretry: 3, maxTracked: 10 });
  assert.deepEqual(window.observe(A, instant(1000), 2), { ...OWN, count: 2, offense: false });
  assert.deepEqual(window.observe(B, instant(1000), 1_000_000_000), {
    ...OWN,
    count: 3,
    offense: true,
  });
  window.forget(A);
  window.forget(A);
  assert.equal(window.countOf(A, instant(1000)), 0);
  assert.equal(window.tracked, 1);
  assert.deepEqual(window.observe(A, instant(1000), 1), { ...OWN, count: 1, offense: false });
});

test("maxretry may be one", () => {
  const window = createFailureWindow({ findtime: FINDTIME, maxretry: 1, maxTracked: 10 });
  assert.deepEqual(window.observe(A, instant(1000), 1), { ...OWN, count: 1, offense: true });
  assert.deepEqual(window.observe(A, instant(500), 1), { ...OWN, count: 1, offense: true });
});

interface Weighed {
  readonly at: number;
  readonly weight: number;
  readonly extra: number;
}

/** A naive window: keeps every failure, and counts those within findtime of the newest. */
function createNaiveWindow(maxretry: number) {
  const times = new Map<Ip, Weighed[]>();
  return {
    observe(subject: Ip, failure: Weighed) {
      const all = [...(times.get(subject) ?? []), failure];
      times.set(subject, all);
      const newest = Math.max(...all.map(({ at }) => at));
      const open = all.filter(({ at }) => at >= newest - FINDTIME);
      const own = open.reduce((sum, { weight }) => sum + weight, 0);
      const extra = open.reduce((sum, one) => sum + one.extra, 0);
      const count = Math.min(maxretry, own + extra);
      return { count, offense: count >= maxretry, own };
    },
    forget: (subject: Ip) => times.delete(subject),
  };
}

test("the window agrees with counting every failure ever seen, also when lines come late", () => {
  const step = fc.record({
    subject: fc.nat(12),
    forward: fc.nat(40),
    late: fc.nat(Number(FINDTIME)),
    weight: fc.integer({ min: 1, max: 3 }),
    extra: fc.constantFrom(0, 0, 0, 1, 4),
    forget: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(step, { maxLength: 120 }),
      (maxretry, steps) => {
        const window = createFailureWindow({ findtime: FINDTIME, maxretry, maxTracked: 1000 });
        const naive = createNaiveWindow(maxretry);
        let latest = 10_000;
        for (const { subject, forward, late, weight, extra, forget } of steps) {
          latest += forward;
          const at = latest - late;
          const observed = window.observe(address(subject), instant(at), weight, extra);
          const { hasExtra, ...counted } = observed;
          const { own, ...expected } = naive.observe(address(subject), { at, weight, extra });
          assert.deepEqual(counted, expected);
          // Without extra weight among the newest, failures alone reach maxretry.
          if (observed.offense && own < maxretry) assert.ok(hasExtra);
          if (!observed.offense || !forget) continue;
          window.forget(address(subject));
          naive.forget(address(subject));
        }
      },
    ),
    fuzzRuns(100),
  );
});

test("with ten times too many subjects the bound is kept, and the latest ones remain", () => {
  const window = createFailureWindow({ findtime: duration(1e9), maxretry: 5, maxTracked: 2000 });
  const subjects = fuzzCount(20_000);
  for (let i = 0; i < subjects; i++) {
    window.observe(address(i), instant(1_000_000 + i), 1);
    assert.ok(window.tracked <= 2000);
  }
  assert.equal(window.tracked, 2000);
  assert.equal(window.evicted, subjects - 2000);
  const end = instant(1_000_000 + subjects);
  assert.equal(window.countOf(address(subjects - 1), end), 1);
  let recent = 0;
  for (let i = subjects - 200; i < subjects; i++) recent += window.countOf(address(i), end);
  // Eviction looks at a few subjects only: nearly, not exactly, the least recent goes.
  assert.ok(recent > 190, `${recent} of the last 200 are known`);
});

test("subjects that expired are removed without being counted as evicted", () => {
  const window = createFailureWindow({ findtime: FINDTIME, maxretry: 5, maxTracked: 100_000 });
  for (let i = 0; i < 2000; i++) window.observe(address(i), instant(1000), 1);
  assert.equal(window.tracked, 2000);
  for (let i = 0; i < 1100; i++) window.observe(A, instant(10_000), 1);
  assert.equal(window.tracked, 1);
  assert.equal(window.evicted, 0);
  // Their slots are reused.
  for (let i = 10; i < 2010; i++) window.observe(address(i), instant(10_000), 1);
  assert.equal(window.tracked, 2001);
});

test("a bound of one subject is kept", () => {
  const window = createFailureWindow({ findtime: FINDTIME, maxretry: 2, maxTracked: 1 });
  window.observe(A, instant(1000), 1);
  window.observe(B, instant(1000), 1);
  assert.deepEqual([window.tracked, window.evicted], [1, 1]);
  assert.equal(window.observe(B, instant(1000), 1).offense, true);
});

test("a subject that was extended is counted beyond maxretry, exactly as by a window of that many", () => {
  const step = fc.record({
    subject: fc.nat(3),
    forward: fc.nat(40),
    late: fc.nat(Number(FINDTIME)),
    weight: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 2, max: 3 }),
      fc.array(step, { maxLength: 120 }),
      (maxretry, times, steps) => {
        const upTo = maxretry * times;
        const window = createFailureWindow({ findtime: FINDTIME, maxretry, maxTracked: 1000 });
        const naive = createNaiveWindow(upTo);
        const seen = new Map<Ip, { at: Instant; weight: number }[]>();
        let latest = 10_000;
        for (const { subject, forward, late, weight } of steps) {
          latest += forward;
          const at = instant(latest - late);
          const who = address(subject);
          seen.set(who, [...(seen.get(who) ?? []), { at, weight }]);
          const observed = window.observe(who, at, weight);
          const { offense } = observed;
          let { count } = observed;
          const wanted = naive.observe(who, { at, weight, extra: 0 }).count;
          if (offense && !window.isExtended(who))
            count = window.extend(who, seen.get(who) ?? [], upTo) ?? -1;
          assert.equal(offense ? count : wanted, wanted);
          assert.equal(offense, wanted >= maxretry);
          if (!offense) assert.equal(count, Math.min(wanted, maxretry));
          if (count < upTo) continue;
          window.forget(who);
          assert.equal(window.isExtended(who), false);
          naive.forget(who);
          seen.delete(who);
        }
      },
    ),
    fuzzRuns(50),
  );
});

test("the number of extended subjects is bounded, and a stepped clock moves their times", () => {
  const window = createFailureWindow({ findtime: FINDTIME, maxretry: 1, maxTracked: 10_000 });
  const failures = [{ at: instant(1000), weight: 1 }];
  for (let i = 0; i < 4096; i++) {
    window.observe(address(i), instant(1000), 1);
    assert.equal(window.extend(address(i), failures, 5), 1);
  }
  window.observe(address(4096), instant(1000), 1);
  assert.equal(window.extend(address(4096), failures, 5), undefined);
  assert.equal(window.extend(address(5000), failures, 5), undefined, "not tracked");
  assert.equal(window.extend(address(0), failures, 9), 1, "counted from the start");
  window.shift(1_000_000);
  assert.equal(window.countOf(address(0), instant(1_001_050)), 1);
  assert.equal(window.countOf(address(0), instant(1_001_101)), 0);
  assert.deepEqual(window.observe(address(0), instant(1_001_060), 1), {
    hasExtra: true,
    count: 2,
    offense: true,
  });
  window.forget(address(0));
  assert.equal(window.extend(address(4096), failures, 5), 1);
});

test("when the window is full, the subject with the oldest failure is evicted", () => {
  const window = createFailureWindow({ findtime: duration(1_000_000), maxretry: 3, maxTracked: 4 });
  const ages = [40, 10, 30, 20];
  for (const [n, age] of ages.entries()) window.observe(address(n), instant(1000 - age), 1);
  window.observe(address(9), instant(1000), 1);
  const known = ages.map((_, n) => window.countOf(address(n), instant(1000)));
  assert.deepEqual(known, [0, 1, 1, 1]);
  assert.equal(window.evicted, 1);
});

import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import type { Ban } from "../domain/ban.ts";
import { duration } from "../domain/duration.ts";
import { type Until, instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { parseJailName } from "../domain/jail-name.ts";
import type { Offense } from "../domain/offense.ts";
import { ALL_PORTS, OBSERVED, portScope } from "../domain/port-scope.ts";
import { type Facts, banLength, decideOffense, decideRequest } from "./decide.ts";
import type { Escalation, Policy } from "./policy.ts";

const NOW = instant(1_000_000_000);
const HOUR = 3_600_000;

function known<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}

const SUBJECT = known(parseIp("192.0.2.1"));
const JAIL = known(parseJailName("sshd"));
const OFFENSE: Offense = {
  jail: JAIL,
  subject: SUBJECT,
  at: instant(NOW - 5000),
  failures: 5,
  findtime: duration(10 * 60_000),
  rule: "failed-password",
};
const ESCALATION: Escalation = {
  multipliers: [1, 4, 24],
  maxtime: duration(30 * HOUR),
  jitter: duration(0),
};
const POLICY: Policy = { bantime: duration(HOUR), escalation: ESCALATION, scope: ALL_PORTS };
const FACTS: Facts = { allowedBy: undefined, current: undefined, earlierBans: 0, chance: 0 };

function ban(until: Until, more: Partial<Ban> = {}): Ban {
  return {
    subject: SUBJECT,
    jail: JAIL,
    scope: ALL_PORTS,
    from: NOW,
    until,
    origin: "manual",
    reason: "because",
    rule: "",
    failures: 0,
    escalation: 0,
    ...more,
  };
}

const later = (ms: number) => instant(NOW + ms);

test("an offense becomes a ban with its reason", () => {
  assert.deepEqual(decideOffense(OFFENSE, POLICY, { ...FACTS, earlierBans: 1 }, NOW), {
    kind: "ban",
    ban: {
      subject: SUBJECT,
      jail: JAIL,
      scope: ALL_PORTS,
      from: NOW,
      until: later(4 * HOUR),
      origin: "detected",
      reason: "5 failures in 10m",
      rule: "failed-password",
      failures: 5,
      escalation: 1,
    },
  });
  const plain = decideOffense(
    OFFENSE,
    { ...POLICY, escalation: undefined },
    { ...FACTS, earlierBans: 3 },
    NOW,
  );
  assert.ok(plain.kind === "ban" && plain.ban.escalation === 0 && plain.ban.until === later(HOUR));
  const forever = decideOffense(OFFENSE, { ...POLICY, bantime: "forever" }, FACTS, NOW);
  assert.ok(forever.kind === "ban" && forever.ban.until === "forever");
});

test("an allowed subject is never banned", () => {
  const facts = { ...FACTS, allowedBy: "ignoreip 192.0.2.0/24", current: ban(later(1)) };
  const ignored = { kind: "ignore", reason: "allow-listed", entry: "ignoreip 192.0.2.0/24" };
  assert.deepEqual(decideOffense(OFFENSE, POLICY, facts, NOW), ignored);
  assert.deepEqual(decideRequest(ban("forever"), facts), ignored);
});

test("an existing ban is kept or extended, never shortened", () => {
  const table: readonly (readonly [Until, Until, Until | "kept"])[] = [
    [later(1), later(2), later(2)],
    [later(2), later(1), "kept"],
    [later(2), later(2), "kept"],
    [later(2), "forever", "forever"],
    ["forever", later(2), "kept"],
    ["forever", "forever", "kept"],
  ];
  for (const [current, wanted, outcome] of table) {
    const before = ban(current, { from: instant(1), reason: "before" });
    const decided = decideRequest(ban(wanted), { allowedBy: undefined, current: before });
    if (outcome === "kept")
      assert.deepEqual(decided, { kind: "ignore", reason: "already-banned", entry: "before" });
    else assert.deepEqual(decided, { kind: "extend", ban: ban(outcome, { from: instant(1) }) });
  }
  assert.deepEqual(decideRequest(ban(later(1)), FACTS), { kind: "ban", ban: ban(later(1)) });
});

test("a ban that has ended and is not closed yet prevents no new one, and counts as an earlier ban", () => {
  for (const origin of ["detected", "restored", "manual"] as const) {
    const current = ban(NOW, { from: later(-HOUR), origin });
    const decision = decideOffense(OFFENSE, POLICY, { ...FACTS, current }, NOW);
    assert.equal(decision.kind, "ban");
    assert.partialDeepStrictEqual(decision.ban, {
      from: NOW,
      until: later(4 * HOUR),
      escalation: 1,
    });
    const request = decideRequest(ban(later(HOUR)), { allowedBy: undefined, current });
    assert.equal(request.kind, "ban");
  }
});

test("another scope changes the ban and keeps the later end", () => {
  const scope = portScope([{ protocol: "tcp", number: 22 }]);
  const current = ban(later(5), { scope, from: instant(1) });
  assert.deepEqual(decideRequest(ban(later(2)), { allowedBy: undefined, current }), {
    kind: "extend",
    ban: ban(later(5), { from: instant(1) }),
  });
});

test("ports that an older ban leaves open are closed at the next offense, until the same end", () => {
  const narrow = portScope([{ protocol: "tcp", number: 22 }]);
  for (const [scope, origin] of [
    [narrow, "detected"],
    [OBSERVED, "detected"],
    [narrow, "restored"],
  ] as const) {
    const current = ban(later(1), { scope, origin, from: instant(1), escalation: 2 });
    const decided = decideOffense(OFFENSE, POLICY, { ...FACTS, current }, NOW);
    assert.ok(decided.kind === "extend");
    const { scope: now, from, until, escalation } = decided.ban;
    assert.deepEqual(
      { now, from, until, escalation },
      { now: ALL_PORTS, from: instant(1), until: later(1), escalation: 2 },
    );
    const wide = ban(later(1), { origin });
    for (const policy of [POLICY, { ...POLICY, scope: narrow }, { ...POLICY, scope: OBSERVED }])
      assert.equal(decideOffense(OFFENSE, policy, { ...FACTS, current: wide }, NOW).kind, "ignore");
  }
});

test("each ban of a repeat offender is longer, up to a bound", () => {
  const length = (earlierBans: number, escalation: Escalation = ESCALATION) =>
    banLength({ ...POLICY, escalation }, { earlierBans, chance: 0 });
  assert.deepEqual(
    [0, 1, 2, 3, 1000].map((n) => length(n)),
    [HOUR, 4 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR],
  );
  assert.equal(length(2, { ...ESCALATION, maxtime: duration(10 * HOUR) }), 10 * HOUR);
  // Never below bantime, even with a smaller maximum.
  assert.equal(length(2, { ...ESCALATION, maxtime: duration(1) }), HOUR);
  assert.equal(length(0, { ...ESCALATION, multipliers: [0.5] }), HOUR);
  assert.equal(length(0, { ...ESCALATION, multipliers: [] }), HOUR);
  const falling = { ...ESCALATION, multipliers: [1, 5, 2] };
  assert.deepEqual(
    [0, 1, 2, 9].map((n) => length(n, falling)),
    [HOUR, 5 * HOUR, 2 * HOUR, 2 * HOUR],
  );
  const endless = { ...ESCALATION, multipliers: [1, Infinity] };
  assert.deepEqual(
    [0, 1, 9].map((n) => length(n, endless)),
    [HOUR, "forever", "forever"],
  );
  assert.equal(
    banLength({ ...POLICY, bantime: "forever" }, { earlierBans: 3, chance: 0.5 }),
    "forever",
  );
  assert.equal(
    banLength({ ...POLICY, escalation: undefined }, { earlierBans: 3, chance: 0.5 }),
    HOUR,
  );
});

test("the random part only lengthens a ban, by at most the jitter and a tenth of the ban", () => {
  const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(chances, fc.nat(20), fc.nat(HOUR), (chance, earlierBans, jitter) => {
      const policy = { ...POLICY, escalation: { ...ESCALATION, jitter: duration(jitter) } };
      const without = banLength(policy, { earlierBans, chance: 0 });
      const length = banLength(policy, { earlierBans, chance });
      assert.ok(length !== "forever" && without !== "forever");
      assert.ok(length >= without && length <= without + jitter);
      assert.ok(length <= without * 1.12);
      assert.ok(length <= ESCALATION.maxtime);
    }),
    fuzzRuns(100),
  );
  const most = (bantime: number, earlierBans: number, escalation: Partial<Escalation> = {}) =>
    banLength(
      {
        ...POLICY,
        bantime: duration(bantime),
        escalation: { ...ESCALATION, jitter: duration(5 * 60_000), ...escalation },
      },
      { earlierBans, chance: 1 },
    );
  assert.equal(most(10_000, 0), 11_000);
  assert.equal(most(10_000, 1), 44_000);
  assert.equal(most(HOUR, 0), HOUR + 5 * 60_000);
  assert.equal(most(HOUR, 9, { multipliers: [1, 1000] }), 30 * HOUR);
  // A maxtime below bantime is ignored.
  assert.equal(most(HOUR, 9, { maxtime: duration(1) }), HOUR + 5 * 60_000);
});

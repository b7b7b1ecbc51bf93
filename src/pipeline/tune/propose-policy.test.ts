import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "../../domain/duration.ts";
import { instant } from "../../domain/instant.ts";
import { proposePolicy } from "./propose-policy.ts";
import type { Thresholds, TriedPolicy } from "./tried-policy.ts";

const CURRENT: Thresholds = {
  ...{ maxretry: 5, findtime: duration(600_000), bantime: duration(3_600_000) },
  increment: true,
};
const INNOCENT = {
  ...{ subject: "192.0.2.7", jail: "sshd", at: instant(0), reason: "", bans: 1 },
  innocent: undefined,
};

function policy(change: Partial<TriedPolicy>): TriedPolicy {
  const counts = { attempts: 1000, through: 500, bans: 10, subjects: 10, peak: 3 };
  return { ...CURRENT, ...counts, innocents: [], stoppedLogins: 0, ...change };
}

const now = policy({});

test("the policy with fewest attempts let through is proposed, if it has a margin", () => {
  const tried = [now, ...[4, 3, 2].map((n) => policy({ maxretry: n, through: n * 50 }))];
  assert.equal(proposePolicy(tried, CURRENT, 1)?.policy.maxretry, 3);
  const last = policy({ maxretry: 2, through: 100, innocents: [INNOCENT] });
  const proposal = proposePolicy([...tried.slice(0, 3), last], CURRENT, 1);
  assert.equal(proposal?.policy.maxretry, 4);
  assert.match(proposal.reasons.join(" "), /Neither would maxretry = 3/);
});

test("a policy that would have prevented a login is not proposed", () => {
  const tried = [now, policy({ findtime: duration(3_600_000), through: 10, stoppedLogins: 1 })];
  assert.equal(proposePolicy(tried, CURRENT, 1)?.isCurrent, true);
});

test("the current policy stays if no other one is better by 2 in 100 attempts", () => {
  const others = (through: number) =>
    [5, 4].map((maxretry) => policy({ findtime: duration(3_600_000), maxretry, through }));
  assert.equal(proposePolicy([now, ...others(480)], CURRENT, 1)?.isCurrent, true);
  assert.equal(proposePolicy([now, ...others(479)], CURRENT, 1)?.isCurrent, false);
});

test("of equal policies, the one with the higher maxretry and the shorter ban is proposed", () => {
  const tried = [
    policy({ maxretry: 6, through: 100, bantime: duration(86_400_000) }),
    policy({ maxretry: 6, through: 101 }),
    ...[5, 4].map((n) => policy({ maxretry: n, through: 100, findtime: duration(3_600_000) })),
  ];
  const proposal = proposePolicy([now, ...tried], CURRENT, 1);
  assert.deepEqual([proposal?.policy.maxretry, proposal?.policy.bantime], [6, 3_600_000]);
});

test("without a login, thresholds do not become stricter, and bans may become longer", () => {
  const tried = [
    now,
    ...[4, 3].map((n) => policy({ maxretry: n, through: 10 })),
    policy({ findtime: duration(3_600_000), through: 10 }),
    policy({ bantime: duration(86_400_000), through: 300 }),
  ];
  assert.equal(proposePolicy(tried, CURRENT, 0)?.policy.bantime, 86_400_000);
});

test("nothing is proposed if each policy would have banned a user", () => {
  const tried = [policy({ innocents: [INNOCENT] })];
  assert.equal(proposePolicy(tried, CURRENT, 1), undefined);
});

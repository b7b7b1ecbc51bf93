import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import { type Allowance, isPast, judgeAllowance, MAX_OFFENSES, RENEWAL } from "./lockout-guard.ts";

const HOUR = duration(3_600_000);
const NOW = instant(1_800_000_000_000);
const later = (ms: number) => instant(NOW + ms);
const at = (openedAt: number, offenses: number): Allowance => ({
  openedAt: later(openedAt),
  offenses,
});

for (const [name, before, facts, expected] of [
  ["the first offense", undefined, {}, { kind: "exempt", openedAt: 0, offenses: 1, until: HOUR }],
  ["turned off", undefined, { length: duration(0) }, { kind: "off" }],
  ["turned off in between", at(-1000, 1), { length: duration(0) }, { kind: "off" }],
  [
    "another offense within the hour",
    at(1 - HOUR, 4),
    {},
    { kind: "exempt", openedAt: 1 - HOUR, offenses: 5, until: 1 },
  ],
  ["the hour is over", at(0 - HOUR, 4), {}, { kind: "over", reason: "its time is over" }],
  [
    "too many offenses",
    at(-1000, MAX_OFFENSES),
    {},
    { kind: "over", reason: "20 offenses were exempt" },
  ],
  [
    "a new login, but within a day",
    at(1 - RENEWAL, 4),
    { loginAt: later(-10) },
    { kind: "over", reason: "its time is over" },
  ],
  [
    "a day later without a new login",
    at(0 - RENEWAL, 4),
    { loginAt: later(0 - RENEWAL) },
    { kind: "over", reason: "its time is over" },
  ],
  [
    "a day later with a new login",
    at(0 - RENEWAL, 4),
    { loginAt: later(1 - RENEWAL) },
    { kind: "exempt", openedAt: 0, offenses: 1, until: HOUR },
  ],
] as const) {
  test(`lockout guard: ${name}`, () => {
    const all = { length: HOUR, loginAt: NOW, ...facts };
    const verdict = judgeAllowance(before, all, NOW);
    assert.equal(verdict.kind, expected.kind);
    if (verdict.kind === "over" && expected.kind === "over")
      assert.equal(verdict.reason, expected.reason);
    if (verdict.kind !== "exempt" || expected.kind !== "exempt") return;
    assert.equal(verdict.allowance.openedAt - NOW, expected.openedAt);
    assert.equal(verdict.allowance.offenses, expected.offenses);
    assert.equal(verdict.until - NOW, expected.until);
  });
}

test("the owner of an account gains at most one allowance a day, however often he logs in", () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 4 * HOUR }),
    login: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 400 }), (steps) => {
      let now = 0;
      let loginAt = 0;
      let allowance: Allowance | undefined;
      const spared: number[] = [];
      for (const { wait, login } of steps) {
        now += wait;
        if (login) loginAt = now;
        const facts = { length: HOUR, loginAt: instant(loginAt) };
        const verdict = judgeAllowance(allowance, facts, instant(now));
        assert.notEqual(verdict.kind, "off");
        if (verdict.kind !== "exempt") continue;
        allowance = verdict.allowance;
        assert.ok(now < allowance.openedAt + HOUR);
        spared.push(now);
      }
      // In any day: the end of one allowance and the whole of the next, never more.
      for (const [i, first] of spared.entries()) {
        const inADay = spared.slice(i).filter((time) => time < first + RENEWAL);
        assert.ok(inADay.length <= 2 * MAX_OFFENSES);
        assert.ok(inADay.every((time) => time - first < HOUR || time - first >= RENEWAL - HOUR));
      }
    }),
    fuzzRuns(30),
  );
});

test("an allowance ends after a day", () => {
  assert.equal(isPast(at(1 - RENEWAL, 1), NOW), false);
  assert.equal(isPast(at(0 - RENEWAL, 1), NOW), true);
});

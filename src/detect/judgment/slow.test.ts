import assert from "node:assert/strict";
import { test } from "node:test";
import type { CountedFailure } from "../../domain/ban-book.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import type { Detector, Suspicion } from "./detector.ts";
import { createSlowDetector, type SlowPolicy } from "./slow.ts";

const HOUR = 3_600_000;
const START = 1_800_000_000_000;
const ip = parseIp("192.0.2.7");
const subject = parseSubject("192.0.2.7");
const jail = parseJailName("sshd");
assert.ok(ip !== undefined && subject !== undefined && jail !== undefined);
const WHO = { ip, subject, jail, rule: "failed-attempt", user: "root" };

function slow(change: Partial<SlowPolicy> = {}): Detector {
  const pointsOf: SlowPolicy["pointsOf"] = ({ weight, extra = 0 }) => weight + extra;
  return createSlowDetector({ mode: "act", maxretry: 5, knowsUsers: true, pointsOf, ...change });
}

/** Shows attempts at these hours to the detector, each with all before it as history. */
function run(
  detector: Detector,
  hours: readonly number[],
  { weight = 1, extra = 0 }: { readonly weight?: number; readonly extra?: number } = {},
): readonly (Suspicion & { readonly hour: number })[] {
  const history: CountedFailure[] = [];
  return hours.flatMap((hour) => {
    const at = instant(START + hour * HOUR);
    history.push({ ...WHO, at, weight, extra, line: "" });
    const attempt = { ...WHO, at, weight: weight + extra, isUnknownUser: false };
    return detector.attempt(attempt, () => history).map((found) => ({ ...found, hour }));
  });
}

const EVERY_HALF_HOUR = Array.from({ length: 48 }, (_, i) => i / 2);

test("two attempts an hour are an offense at the tenth, when maxretry is 5", () => {
  const [found] = run(slow(), EVERY_HALF_HOUR);
  // The first of ten attempts has lost 6% after 4.5 hours, so the score reaches 10 with the eleventh.
  assert.deepEqual(found, {
    ...{ subject, mode: "act", failures: 11, needed: 10, hour: 5 },
    because: "slow: 11 failures in 3 days, at most 2 an hour",
  });
});

test("two attempts an hour are an offense within a day up to maxretry 17", () => {
  const last = (maxretry: number): number | undefined =>
    run(slow({ maxretry }), EVERY_HALF_HOUR)[0]?.hour;
  assert.ok((last(17) ?? 99) <= 24);
});

test("three failures a day are none", () => {
  const days = Array.from({ length: 90 }, (_, i) => i * 8);
  assert.deepEqual(run(slow(), days), []);
});

test("only failures within three days are counted", () => {
  const detector = slow();
  // The old burst leaves a quarter of its score: 9 / 4 + 8 > 10, but only 8 failures are in the window.
  const found = run(detector, [...Array<number>(9).fill(0), ...Array<number>(8).fill(73)]);
  assert.deepEqual(found, []);
});

test("what evidence adds counts toward the threshold, and is no failure", () => {
  const detector = slow();
  const [found] = run(detector, [0, 0, 0], { weight: 1, extra: 3 });
  assert.equal(found?.failures, 3);
});

test("a score that the record does not confirm is no offense", () => {
  const detector = slow();
  const attempt = { ...WHO, at: instant(START), weight: 50, isUnknownUser: false };
  assert.deepEqual(
    detector.attempt(attempt, () => []),
    [],
  );
});

test("failures of before a start count", () => {
  const detector = slow();
  for (let n = 0; n < 9; n++)
    detector.restore({ subject, jail, at: instant(START), weight: 1, extra: 0 });
  const history = Array.from({ length: 10 }, (_, n) => ({
    ...{ ...WHO, at: instant(START + n * 1000), weight: 1, line: "" },
  }));
  const attempt = { ...WHO, at: instant(START), weight: 1, isUnknownUser: false };
  assert.equal(detector.attempt(attempt, () => history).length, 1);
});

test("an offender that is only reported is reported again after as many failures", () => {
  const found = run(slow({ mode: "report" }), EVERY_HALF_HOUR);
  assert.deepEqual(
    found.map(({ hour }) => hour),
    [5, 10.5, 16, 21.5],
  );
});

test("a forgotten subject starts again, and a step of the clock changes nothing", () => {
  const detector = slow();
  run(detector, Array<number>(9).fill(0));
  detector.forget(subject);
  detector.login({ ...WHO, at: instant(START), account: "alice", method: "password" });
  assert.deepEqual(run(detector, Array<number>(9).fill(0)), []);
  detector.shift(100 * HOUR);
  assert.equal(run(detector, [100, ...Array<number>(9).fill(100)]).length, 1);
});

test("where the log shows no logins, failures for several accounts are only reported", () => {
  const modeOf = (users: readonly (string | undefined)[], knowsUsers: boolean) => {
    const detector = slow({ knowsUsers });
    const at = instant(START);
    const attempt = { ...WHO, at, weight: 1, isUnknownUser: false };
    const history = users.map((user) => ({ ...attempt, user, line: "" }));
    return users.flatMap(() => detector.attempt(attempt, () => history)).map(({ mode }) => mode);
  };
  const several = Array.from({ length: 10 }, (_, i) => `user${i % 3}`);
  assert.deepEqual(modeOf(several, false), ["report"]);
  assert.deepEqual(modeOf([...Array<string>(10).fill("root"), "admin"], false), ["act"]);
  assert.deepEqual(modeOf(several, true), ["act"]);
  assert.deepEqual(modeOf(Array<string>(10).fill("root"), false), ["act"]);
  assert.deepEqual(modeOf(Array<undefined>(10).fill(undefined), false), ["act"]);
});

test("a steady source is found from 4.4 failures a day on", () => {
  const steady = (perDay: number) => Array.from({ length: 90 }, (_, i) => (i * 24) / perDay);
  assert.deepEqual(run(slow(), steady(4.3)), []);
  const [found] = run(slow({ knowsUsers: false }), steady(4.5));
  assert.equal(found?.because, "slow: 14 failures in 3 days, at most 1 an hour");
});

test("a report about several accounts names the source, and lines that came late count in their hour", () => {
  const detector = slow({ knowsUsers: false });
  const history = [0, 2, 0.5, 4, 4.1, 6, 4.2, 8, 10, 12].map((hour, i) => ({
    ...{ ...WHO, at: instant(START + hour * HOUR), weight: 1, line: "", user: `user${i}` },
  }));
  const attempt = { ...WHO, at: instant(START + 12 * HOUR), weight: 10, isUnknownUser: false };
  assert.deepEqual(
    detector.attempt(attempt, () => history),
    [
      {
        ...{ subject, mode: "report", failures: 10, needed: 10 },
        because: "slow: 10 failures in 3 days, at most 3 an hour, for several accounts",
      },
    ],
  );
});

test("a failure of just three days ago counts", () => {
  const detector = slow();
  // The score reaches the threshold with the heavy second failure.
  const found = run(detector, [0, ...Array<number>(9).fill(72)]);
  assert.deepEqual(found, []);
  const exact = [0, ...Array<number>(9).fill(72)].map((hour) => ({
    ...{ ...WHO, at: instant(START + hour * HOUR), weight: 1, line: "" },
  }));
  const attempt = { ...WHO, at: instant(START + 72 * HOUR), weight: 10, isUnknownUser: false };
  assert.equal(detector.attempt(attempt, () => exact)[0]?.failures, 10);
});

test("a restored failure has its extra weight", () => {
  const detector = slow();
  const at = instant(START);
  detector.restore({ subject, jail, at, weight: 5, extra: 4 });
  const history = [{ ...WHO, at, weight: 10, line: "" }];
  const attempt = { ...WHO, at, weight: 1, isUnknownUser: false };
  assert.equal(detector.attempt(attempt, () => history).length, 1);
});

test("what was added to failures counts as far as its policy says", () => {
  const hours = Array.from({ length: 9 }, (_, hour) => hour);
  assert.deepEqual(run(slow({ pointsOf: ({ weight }) => weight }), hours, { extra: 1 }), []);
  assert.notDeepEqual(run(slow(), hours, { extra: 1 }), []);
});

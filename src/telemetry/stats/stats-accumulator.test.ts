import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { DAY_MS, HOUR_MS } from "../../domain/stats.ts";
import { StatsAccumulator } from "./stats-accumulator.ts";

const SSHD = { jail: "sshd", rule: "failed" };

function at(hour: number, ms = 0): Instant {
  return instant(hour * HOUR_MS + ms);
}

test("counts are added up by hour, series and counter", () => {
  const stats = new StatsAccumulator();
  stats.count(SSHD, "failures", 2, at(5));
  stats.count(SSHD, "failures", 1, at(5, HOUR_MS - 1));
  stats.count(SSHD, "failures", 4, at(6));
  stats.count(SSHD, "bans", 1, at(6));
  stats.count({ jail: "sshd", rule: "" }, "unrecognized", 7, at(6));
  stats.count({ jail: "sshd", rule: "" }, "dropped", 0, at(6));
  assert.deepEqual(stats.stats().counts, [
    { ...SSHD, hour: 5, counter: "failures", count: 3 },
    { ...SSHD, hour: 6, counter: "failures", count: 4 },
    { ...SSHD, hour: 6, counter: "bans", count: 1 },
    { jail: "sshd", rule: "", hour: 6, counter: "unrecognized", count: 7 },
  ]);
  stats.clear();
  assert.deepEqual(stats.stats(), { counts: [], runs: [], changes: [], tops: [] });
});

test("a clock that is set back adds to the earlier hour", () => {
  const stats = new StatsAccumulator();
  for (const hour of [5, 6, 5]) stats.count(SSHD, "failures", 1, at(hour));
  assert.deepEqual(
    stats.stats().counts.map(({ hour, count }) => [hour, count]),
    [
      [5, 2],
      [6, 1],
    ],
  );
});

test("memory is bounded: hours, rules, changes and runs", () => {
  const stats = new StatsAccumulator();
  for (let hour = 0; hour < 60; hour++) stats.count(SSHD, "failures", 1, at(hour));
  assert.equal(Math.min(...stats.stats().counts.map(({ hour }) => hour)), 12);
  assert.deepEqual([stats.takeDropped(), stats.takeDropped()], [12, 0]);
  stats.clear();
  for (let n = 0; n < 5000; n++) stats.count({ jail: "j", rule: `r${n}` }, "failures", 1, at(0));
  const { counts } = stats.stats();
  assert.equal(counts.length, 4001);
  assert.equal(counts.find(({ rule }) => rule === "")?.count, 1000);
  for (let n = 0; n < 1200; n++) {
    stats.noteChange({ jail: "sshd", at: at(n), state: "blind", cause: "no-file" });
    stats.noteRun({ jail: `j${n}`, from: at(n), to: at(n + 1), countsDrops: true });
  }
  const { changes, runs } = stats.stats();
  assert.deepEqual([changes[0]?.at, runs[0]?.jail], [at(200), "j200"]);
});

test("a run that continues the last one of its jail extends it", () => {
  const stats = new StatsAccumulator();
  const note = (jail: string, from: number, to: number, countsDrops = true): void =>
    stats.noteRun({ jail, from: at(from), to: at(to), countsDrops });
  note("sshd", 0, 1);
  note("nginx", 0, 1, false);
  note("sshd", 1, 2);
  note("sshd", 2, 3, false);
  note("sshd", 5, 6, false);
  assert.deepEqual(
    stats.stats().runs.map(({ jail, from, to }) => [jail, from / HOUR_MS, to / HOUR_MS]),
    [
      ["sshd", 0, 2],
      ["nginx", 0, 1],
      ["sshd", 2, 3],
      ["sshd", 5, 6],
    ],
  );
});

test("the most frequent subjects, accounts and networks are counted by day", () => {
  const stats = new StatsAccumulator();
  const fail = (subject: string, user: string | undefined, day: number): void =>
    stats.countTop(literalSubject(subject), user, 1, instant(day * DAY_MS));
  fail("192.0.2.7", "root", 8);
  fail("192.0.2.8", undefined, 8);
  fail("2001:db8:1:2::/64", "x".repeat(100), 8);
  fail("198.51.0.0/16", "root", 9);
  const keys = (day: number, kind: string): readonly string[] =>
    stats
      .stats()
      .tops.filter((top) => top.day === day && top.kind === kind)
      .flatMap(({ list }) => list.entries.map(({ key, count }) => `${key} ${count}`));
  assert.deepEqual(keys(8, "address"), ["192.0.2.7 1", "192.0.2.8 1", "2001:db8:1:2::/64 1"]);
  assert.deepEqual(keys(8, "network"), ["192.0.2.0/24 2", "2001:db8:1::/48 1"]);
  assert.deepEqual(keys(8, "user"), ["root 1", `${"x".repeat(64)} 1`]);
  assert.deepEqual(keys(9, "network"), ["198.51.0.0/16 1"]);
  fail("192.0.2.7", "root", 10);
  assert.deepEqual(keys(8, "address"), []);
});

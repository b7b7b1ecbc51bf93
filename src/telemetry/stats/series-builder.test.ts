import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import {
  type Counter,
  DAEMON_RUN,
  HOUR_MS,
  type HourCount,
  type JailRun,
} from "../../domain/stats.ts";
import { type Series, SeriesBuilder, type SeriesPlan } from "./series-builder.ts";

function count(jail: string, rule: string, counter: Counter, hours: object): readonly HourCount[] {
  return Object.entries(hours).map(([hour, n]) => {
    return { jail, rule, counter, hour: 100 + Number(hour), count: Number(n) };
  });
}

function run(jail: string, from: number, to: number, countsDrops = true): JailRun {
  const at = (hour: number): ReturnType<typeof instant> => instant((100 + hour) * HOUR_MS);
  return { jail, from: at(from), to: at(to), countsDrops };
}

const COUNTS = [
  ...count("sshd", "failed", "failures", { 0: 3, 1: 4, 5: 9 }),
  ...count("sshd", "invalid", "failures", { 1: 1 }),
  ...count("sshd", "", "unrecognized", { 0: 7 }),
  ...count("sshd", "", "dropped", { 0: 5 }),
  ...count("nginx", "denied", "failures", { 1: 2 }),
  ...count("manual", "", "bans", { 0: 1 }),
];
const RUNS = [
  ...[run(DAEMON_RUN, 0, 2.5), run(DAEMON_RUN, 5, 6, false)],
  ...[run("sshd", 0, 2), run("sshd", 1.5, 2.5), run("sshd", 5, 6, false)],
  ...[run("nginx", 1, 2, false), run("idle", 0, 2.5, false)],
];

function series(plan: Partial<SeriesPlan>): readonly Series[] {
  const all = { firstHour: 100, step: 1, steps: 6, by: undefined, jail: undefined };
  const builder = new SeriesBuilder({ ...all, ...plan });
  builder.add(COUNTS.slice(0, 3));
  builder.add(COUNTS.slice(3));
  return builder.finish(RUNS);
}

test("an hour in which the daemon did not run is unknown, and one without failures is zero", () => {
  const [all, ...others] = series({});
  assert.deepEqual(others, []);
  assert.deepEqual(all?.counts.failures, [3, 7, 0, null, null, 9]);
  assert.deepEqual(all?.covered, [1, 1, 0.5, 0, 0, 1]);
  assert.deepEqual(all?.totals.failures, 19);
  assert.deepEqual(all?.counts.bans, [1, 0, 0, null, null, 0]);
});

test("packets are unknown while no enforcer counted them", () => {
  const [all] = series({});
  assert.deepEqual(all?.counts.dropped, [5, 0, 0, null, null, null]);
  const nginx = series({ by: "jail" }).find(({ jail }) => jail === "nginx");
  assert.deepEqual(nginx?.totals.dropped, null);
  assert.deepEqual(nginx?.counts.failures, [null, 2, null, null, null, null]);
});

test("jails have a series each, also one without a count; bans by hand follow the daemon's runs", () => {
  const jails = series({ by: "jail" });
  assert.deepEqual(
    jails.map(({ jail, totals }) => [jail, totals.failures, totals.bans]),
    [
      ["idle", 0, 0],
      ["manual", 0, 1],
      ["nginx", 2, 0],
      ["sshd", 17, 0],
    ],
  );
  assert.deepEqual(jails[1]?.covered, [1, 1, 0.5, 0, 0, 1]);
});

test("rules have a series each, without what is counted by jail", () => {
  const rules = series({ by: "rule" });
  assert.deepEqual(
    rules.map(({ jail, rule, totals }) => [jail, rule, totals.failures, totals.unrecognized]),
    [
      ["nginx", "denied", 2, null],
      ["sshd", "failed", 16, null],
      ["sshd", "invalid", 1, null],
    ],
  );
  assert.equal(series({ by: "rule", jail: "sshd" }).length, 2);
});

test("steps of several hours add up, and a period may begin before all counts", () => {
  const [all] = series({ firstHour: 97, step: 4, steps: 3 });
  assert.deepEqual(all?.counts.failures, [3, 7, 9]);
  assert.deepEqual(all?.covered, [0.25, 0.375, 0.25]);
  const [one] = series({ jail: "sshd", step: 24, steps: 1 });
  assert.deepEqual([one?.jail, one?.totals.failures, one?.totals.dropped], ["sshd", 17, 5]);
  assert.deepEqual(series({ jail: "other", by: "jail" }), []);
});

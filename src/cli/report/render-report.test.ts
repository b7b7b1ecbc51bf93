import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUR_MS } from "../../domain/stats.ts";
import {
  gapsOf,
  type ObservedHour,
  observedShare,
  observedWithin,
  statesOf,
} from "./observed-time.ts";
import { renderHtml } from "./render-html.ts";
import { renderText } from "./render-text.ts";
import { stepsOf, unitOf } from "./report-steps.ts";

const FROM = Date.UTC(2026, 10, 30, 6);

/** Hours after FROM. */
function at(hours: number): number {
  return FROM + hours * HOUR_MS;
}

function hour(n: number, share: number, failures: number | null = 0): ObservedHour {
  return { from: at(n), to: at(n + 1), share, failures, bans: 0 };
}

test("unobserved hours that follow each other are one gap, with the time that is missing", () => {
  const hours = [hour(0, 1), hour(1, 0.5), hour(2, 0), hour(3, 1), hour(4, 0.9)];
  const iso = (n: number): string => new Date(at(n)).toISOString();
  assert.deepEqual(gapsOf(hours), [
    { from: iso(1), to: iso(3), missing_ms: 1.5 * HOUR_MS },
    { from: iso(4), to: iso(5), missing_ms: 0.1 * HOUR_MS },
  ]);
  assert.ok(Math.abs(observedShare(hours) - 0.68) < 1e-9);
  assert.equal(observedShare([]), 0);
  const lengths = (...periods: readonly (readonly [from: number, to: number])[]) =>
    observedWithin(
      hours,
      periods.map(([from, to]) => ({ from: at(from), to: at(to) })),
    ).map((ms) => ms / HOUR_MS);
  assert.deepEqual(lengths([0.5, 1.5]), [1]);
  assert.deepEqual(lengths([0.5, 1.5], [1.5, 2]), [0.75, 0.25]);
  // Shortly after a start, the states fit into the run.
  assert.deepEqual(lengths([1.5, 1.625], [1.625, 1.75]), [0.125, 0.125]);
});

test("a step is unknown only if all of its hours are", () => {
  const days = Array.from({ length: 72 }, (_, n) => hour(n, n < 30 ? 0 : 1, n < 30 ? null : 2));
  const steps = stepsOf(days, "day");
  assert.equal(
    steps.reduce((sum, { failures }) => sum + (failures ?? 0), 0),
    84,
  );
  assert.equal(steps[0]?.failures, null);
  assert.equal(steps[0]?.observed, 0);
  assert.equal(steps.at(-1)?.observed, 1);
  assert.equal(stepsOf(days.slice(0, 24), "hour").length, 24);
  assert.deepEqual([25, 26, 62 * 24, 62 * 24 + 1].map(unitOf), ["hour", "day", "day", "week"]);
  const quarter = Array.from({ length: 24 * 90 }, (_, n) => hour(n, 1, 1));
  const weeks = stepsOf(quarter, "week");
  assert.ok(weeks.length >= 13 && weeks.length <= 14, String(weeks.length));
  assert.equal(
    weeks.reduce((sum, { failures }) => sum + (failures ?? 0), 0),
    24 * 90,
  );
});

test("a state lasts until the next change, and is unknown before the first one", () => {
  const change = (n: number, state: string) => {
    return { at: new Date(at(n)).toISOString(), jail: "sshd", state, cause: null };
  };
  const other = { ...change(2, "blind"), jail: "nginx" };
  const changes = [change(1, "degraded"), other, change(3, "protecting")];
  const period = { from: at(0), to: at(5) };
  const shown = (before: readonly ReturnType<typeof change>[]): readonly unknown[] =>
    statesOf("sshd", { changes, states_before: before }, period).map(({ state, from, to }) => [
      ...[state, (from - FROM) / HOUR_MS, (to - FROM) / HOUR_MS],
    ]);
  const known = [
    ["degraded", 1, 3],
    ["protecting", 3, 5],
  ];
  assert.deepEqual(shown([]), known);
  assert.deepEqual(shown([change(-9, "protecting")]), [["protecting", 0, 1], ...known]);
});

const STEPS = {
  title: "Attacked",
  blocks: [
    {
      kind: "steps",
      what: "failed attempts",
      steps: [
        { name: "Nov 30", value: 200, observed: 1 },
        { name: "Dec 01", value: null, observed: 0 },
        { name: "Dec 02", value: 50, observed: 0.5 },
      ],
    },
    { kind: "facts", facts: [["<b>", "a & b"]] },
  ],
} as const;

test("charts shade what is unknown", () => {
  const page = renderHtml("<week>", [STEPS]);
  assert.match(page, /<title>&lt;week&gt;<\/title>/);
  assert.match(page, /<th>&lt;b&gt;<\/th><td>a &amp; b<\/td>/);
  const groups = [...page.matchAll(/<g>(.*)<\/g>/g)].map(([, inner = ""]) => inner);
  assert.equal(groups.length, 3);
  assert.doesNotMatch(groups[0] ?? "", /class="gap"/);
  assert.match(groups[0] ?? "", /Nov 30: 200 failed attempts<.*height="144"/);
  assert.match(groups[1] ?? "", /Dec 01: unknown, 0% observed<.*class="gap".*height="0"/);
  assert.match(groups[2] ?? "", /50% observed<.*class="gap".*height="36"/);
  const text = renderText("Week", [STEPS], 80);
  assert.match(text, /^Nov 30 +200 +#+$/m);
  assert.match(text, /^Dec 01 +- +no data$/m);
  assert.match(text, /^Dec 02 +50 +50% +#+$/m);
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
});

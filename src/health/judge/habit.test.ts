/** Virtual months of traffic: false alarms are counted, outages and falls are found in time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzCount } from "../../../test/fuzz-rounds.ts";
import { createHabit, type Habit, LOOK_MS } from "./habit.ts";
import { formatHabit, restoreHabit } from "./habit-text.ts";
import { type FlowJudgment, judgeFlow } from "./judge-flow.ts";
import { observeLook } from "./observe-look.ts";
import {
  hourOf,
  LOOKS_A_DAY,
  LOOKS_AN_HOUR,
  seeded,
  TRAFFIC,
  type Traffic,
  watch,
} from "./traffic.fixture.ts";

const SEEDS = Array.from({ length: fuzzCount(1) }, (_, i) => i + 1);
const MONTH = 30 * LOOKS_A_DAY;
/** Looks between two verdicts: half an hour of virtual time, and ten minutes with more seeds. */
const ASKED = SEEDS.length > 1 ? 20 : 60;

interface Month {
  readonly habit: Habit;
  readonly traffic: Traffic;
  readonly alarms: readonly string[];
  readonly end: number;
}

function isAlarm({ verdict, sure }: FlowJudgment): boolean {
  return sure && verdict !== "usual" && verdict !== "learning";
}

/** A month of traffic, including the learning period; each seed begins on another weekday. */
function liveMonth(kind: string, seed: number): Month {
  const traffic = TRAFFIC[kind]?.(seeded(seed * 7919));
  assert.ok(traffic !== undefined, kind);
  const habit = createHabit();
  const start = (seed % 7) * LOOKS_A_DAY + seed * 37;
  const end = start + MONTH;
  const alarms: string[] = [];
  let before = "usual";
  watch(habit, traffic, [start, end], (look, hour) => {
    if (look % ASKED !== 0) return;
    const judgment = judgeFlow(habit, hour);
    const now = isAlarm(judgment) ? judgment.verdict : "usual";
    if (now !== before && now !== "usual") alarms.push(`${now}: ${judgment.evidence}`);
    before = now;
  });
  return { habit, traffic, alarms, end };
}

/** Hours until the verdict. */
function hoursUntil(verdict: FlowJudgment["verdict"], month: Month, traffic: Traffic): number {
  const habit = structuredClone(month.habit);
  let found: number | undefined;
  watch(habit, traffic, [month.end, month.end + 4 * LOOKS_A_DAY], (look, hour) => {
    if (found !== undefined || look % 2 !== 0) return;
    const judgment = judgeFlow(habit, hour);
    if (judgment.verdict === verdict && judgment.sure) found = look - month.end;
  });
  return (found ?? Number.POSITIVE_INFINITY) / LOOKS_AN_HOUR;
}

for (const kind of Object.keys(TRAFFIC)) {
  test(`30 days of ${kind} traffic raise at most one false alarm`, () => {
    for (const seed of SEEDS) {
      const { alarms } = liveMonth(kind, seed);
      assert.ok(alarms.length <= 1, `seed ${seed}: ${alarms.join("; ")}`);
    }
  });
}

test("the silence of a busy source is noticed within ten minutes, and reported with the usual rate", () => {
  for (const kind of ["busy", "very busy"]) {
    const month = liveMonth(kind, 1);
    const hours = hoursUntil("silent", month, () => 0);
    assert.ok(hours <= 1 / 6, `${kind}: ${hours} h`);
    watch(month.habit, () => 0, [month.end, month.end + 47 * 2]);
    const { evidence } = judgeFlow(month.habit, hourOf(month.end));
    assert.match(evidence, /^usually \d+ lines an hour on \w+days at \d\d, none for 47m$/);
  }
});

test("a busy source is known after a day", () => {
  const traffic = TRAFFIC["busy"]?.(seeded(5)) ?? (() => 0);
  const habit = createHabit();
  watch(habit, traffic, [0, LOOKS_A_DAY + 10]);
  assert.equal(judgeFlow(habit, 0).verdict, "usual");
  watch(habit, () => 0, [LOOKS_A_DAY + 10, LOOKS_A_DAY + 50]);
  assert.deepEqual([judgeFlow(habit, 0).verdict, judgeFlow(habit, 0).sure], ["silent", true]);
});

test("the silence of an office's source that stops on a weekend is noticed early on Monday", () => {
  const month = liveMonth("office only", 4);
  const days = Math.ceil(month.end / LOOKS_A_DAY / 7) * 7;
  const sunday = days * LOOKS_A_DAY;
  watch(month.habit, month.traffic, [month.end, sunday]);
  let found: number | undefined;
  watch(
    month.habit,
    () => 0,
    [sunday, sunday + 2 * LOOKS_A_DAY],
    (look, hour) => {
      const judgment = judgeFlow(month.habit, hour);
      if (judgment.verdict === "silent" && judgment.sure) found ??= look - sunday;
    },
  );
  const clock = (found ?? Number.POSITIVE_INFINITY) / LOOKS_AN_HOUR - 24;
  assert.ok(clock >= 8 && clock < 10, `Monday at ${clock}`);
});

test("a fall to a tenth of the usual lines is noticed within a day", () => {
  for (const kind of ["busy", "very busy"]) {
    const month = liveMonth(kind, 2);
    const random = seeded(9);
    const tenth: Traffic = (look) => {
      const lines = Array.from({ length: month.traffic(look) }, () => (random() < 0.1 ? 1 : 0));
      return lines.reduce((sum: number, one) => sum + one, 0);
    };
    const hours = hoursUntil("far-below", month, tenth);
    assert.ok(hours <= 24, `${kind}: ${hours} h`);
  }
});

test("an hour with many times the highest count is reported, and not again two hours later", () => {
  const month = liveMonth("busy", 3);
  watch(month.habit, () => 200, [month.end, month.end + LOOKS_AN_HOUR]);
  assert.match(
    judgeFlow(month.habit, hourOf(month.end)).evidence,
    /^\d+ lines within an hour; the busiest hour of the last weeks had \d+$/,
  );
  watch(month.habit, () => 3, [month.end, month.end + 3 * LOOKS_AN_HOUR]);
  assert.equal(judgeFlow(month.habit, hourOf(month.end)).verdict, "usual");
});

test("a holiday delays alarms for a week at most", () => {
  const month = liveMonth("office hours", 5);
  const monday = (Math.ceil(month.end / LOOKS_A_DAY / 7) * 7 + 1) * LOOKS_A_DAY;
  watch(month.habit, month.traffic, [month.end, monday]);
  const asAtNight: Traffic = (look) => month.traffic(look - (look % LOOKS_A_DAY));
  watch(month.habit, asAtNight, [monday, monday + LOOKS_A_DAY]);
  const thursday = monday + 3 * LOOKS_A_DAY + 9 * LOOKS_AN_HOUR;
  watch(month.habit, month.traffic, [monday + LOOKS_A_DAY, thursday]);
  assert.equal(judgeFlow(month.habit, hourOf(thursday)).verdict, "usual");
  const soon = hoursUntil("silent", { ...month, end: thursday }, () => 0);
  assert.ok(soon < 2, `${soon} h three days later`);
  watch(month.habit, month.traffic, [thursday, thursday + 7 * LOOKS_A_DAY]);
  const later = hoursUntil("silent", { ...month, end: thursday + 7 * LOOKS_A_DAY }, () => 0);
  assert.ok(later < 1, `${later} h a week later`);
});

test("neither a host suspended every night nor a clock change raises an alarm", () => {
  const random = seeded(11);
  const traffic = TRAFFIC["busy"]?.(random) ?? (() => 0);
  const habit = createHabit();
  for (let look = 0; look < MONTH; look++) {
    const asleep = look % LOOKS_A_DAY < 8 * LOOKS_AN_HOUR;
    if (asleep && look % LOOKS_A_DAY !== 0) continue;
    const stepped = look > MONTH / 2 ? look + 5 * LOOKS_AN_HOUR : look;
    // The monotonic clock stops during half of the suspends, and continues in the others.
    const elapsed = asleep && look % (2 * LOOKS_A_DAY) === 0 ? 8 * 3_600_000 : LOOK_MS;
    observeLook(habit, { hour: hourOf(stepped), elapsed, lines: asleep ? 0 : traffic(look) });
    assert.ok(!isAlarm(judgeFlow(habit, hourOf(stepped))), `day ${look / LOOKS_A_DAY}`);
  }
});

test("a line after an unobserved pause ends the silence before it", () => {
  const { habit, end } = liveMonth("busy", 1);
  const after = end + LOOKS_AN_HOUR;
  watch(habit, () => 0, [end, after]);
  const judge = (): string => judgeFlow(habit, hourOf(after)).verdict;
  assert.equal(judge(), "silent");
  observeLook(habit, { hour: hourOf(after), elapsed: 8 * 3_600_000, lines: 0 });
  assert.equal(judge(), "silent");
  observeLook(habit, { hour: hourOf(after), elapsed: 8 * 3_600_000, lines: 1 });
  assert.equal(judge(), "usual");
});

test("a source with few lines causes a probe, not an alarm", () => {
  const habit = createHabit();
  watch(habit, () => 0, [0, 5 * LOOKS_AN_HOUR]);
  assert.equal(judgeFlow(habit, 5).verdict, "learning");
  watch(habit, () => 0, [0, 2 * LOOKS_AN_HOUR]);
  const { verdict, sure, evidence } = judgeFlow(habit, 7);
  assert.deepEqual([verdict, sure], ["silent", false]);
  assert.equal(evidence, "still learning normal traffic: 7h observed, no line yet");
});

test("a rate that stays low for three days becomes the usual rate", () => {
  const month = liveMonth("very busy", 1);
  const low: Traffic = () => 5;
  const [three, ten] = [month.end + 4.5 * LOOKS_A_DAY, month.end + 14 * LOOKS_A_DAY];
  watch(month.habit, low, [month.end, three]);
  assert.equal(judgeFlow(month.habit, hourOf(three)).verdict, "usual");
  watch(month.habit, low, [three, ten]);
  assert.equal(judgeFlow(month.habit, hourOf(ten)).verdict, "usual");
});

test("usual rates are stored in less than 8 KiB, and invalid stored text is ignored", () => {
  const flooded = liveMonth("busy", 1);
  watch(flooded.habit, () => 200, [flooded.end, flooded.end + LOOKS_AN_HOUR]);
  assert.equal(judgeFlow(flooded.habit, hourOf(flooded.end)).verdict, "far-above");
  const months = ["very busy", "waves only", "sparse"].map((kind) => liveMonth(kind, 1));
  for (const { habit, end } of [...months, flooded]) {
    const text = formatHabit(habit);
    assert.ok(Buffer.byteLength(text) < 8192, `${text.length} bytes`);
    const restored = restoreHabit(text);
    assert.ok(restored !== undefined);
    assert.equal(formatHabit(restored), text);
    assert.deepEqual(judgeFlow(restored, hourOf(end)), judgeFlow(habit, hourOf(end)));
  }
  const text = formatHabit(createHabit());
  const fewHours = text.replace("0 0 ", "0 ");
  const wrongs = ["", "habit 2", text.replace("0", "NaN"), text.replace("0 ", "-1 "), "{}"];
  for (const wrong of [...wrongs, fewHours]) assert.equal(restoreHabit(wrong), undefined);
});

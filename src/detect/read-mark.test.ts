import assert from "node:assert/strict";
import test from "node:test";
import { type Instant, instant } from "../domain/instant.ts";
import { ReadMark } from "./read-mark.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-11-23T12:00:00Z");

function at(milliseconds: number): Instant {
  return instant(START + milliseconds);
}

/** Number of lines that count as new. */
function countNew(mark: ReadMark, lines: readonly (readonly [number, number])[]): number {
  return lines.filter(([when, print]) => !mark.isReread(at(when), print, "backlog")).length;
}

function burst(count: number, when: (i: number) => number): (readonly [number, number])[] {
  return Array.from({ length: count }, (_, i) => [when(i), i] as const);
}

for (const [what, when] of [
  ["share one second", () => 0],
  ["come within two seconds", (i: number) => Math.floor(i / 500) * 1000],
  ["have milliseconds", (i: number) => i * 3],
] as const) {
  test(`a move while more lines than are remembered ${what}: each counts once`, () => {
    const lines = burst(900, when);
    const mark = new ReadMark();
    mark.settle("file:/log");
    assert.equal(countNew(mark, lines.slice(0, 700)), 700);
    mark.beginMove();
    assert.equal(countNew(mark, lines), 200);
    // Lines that the new reader delivers again were already read.
    mark.beginMove();
    assert.equal(countNew(mark, lines), 0);
  });
}

test("a mark of many lines survives a restart and a step of the clock", () => {
  const mark = new ReadMark();
  mark.settle("file:/log");
  countNew(
    mark,
    burst(400, () => 0),
  );
  mark.shift(3_600_000);
  const saved = mark.takeChange();
  assert.ok(saved);
  const again = new ReadMark();
  again.restore(saved, at(DAY));
  again.beginMove();
  assert.equal(
    countNew(
      again,
      burst(450, () => 3_600_000),
    ),
    50,
  );
});

test("a step of the clock is saved even if no line follows it", () => {
  const mark = new ReadMark();
  mark.settle("file:/log");
  countNew(mark, [[0, 1]]);
  mark.takeChange();
  mark.shift(-3_600_000);
  assert.equal(mark.takeChange()?.read.at, at(-3_600_000));
});

test("after a restart on a clock that was set back, no line looks read by its time", () => {
  for (const begins of ["before", "within"] as const) {
    const mark = new ReadMark();
    mark.settle("file:/log");
    countNew(mark, [[DAY, 1]]);
    if (begins === "within") mark.beginMove();
    const saved = mark.takeChange();
    assert.ok(saved);
    const again = new ReadMark();
    again.restore(saved, at(60_000));
    assert.equal(again.place, "file:/log");
    assert.equal(again.readUntil, 0);
    assert.equal(again.readLines().hasTaken(at(30_000), 2), false);
    if (begins === "before") again.beginMove();
    assert.equal(countNew(again, [[30_000, 2]]), 1, `a move that begins ${begins} the former run`);
    assert.equal(again.readLines().hasTaken(at(20_000), 3), true, "its own lines count again");
  }
});

test("the size of the saved mark is bounded", () => {
  const mark = new ReadMark();
  mark.settle("file:/log");
  countNew(
    mark,
    burst(20_000, (i) => i * 5),
  );
  const saved = mark.takeChange();
  assert.ok(saved && saved.read.recent.length <= 256 && saved.read.counted.length <= 8);
});

test("lines of the same log are recognized by timestamp, the last ones by their text", () => {
  const mark = new ReadMark();
  countNew(mark, [
    [0, 1],
    [9000, 2],
    [10_000, 3],
  ]);
  const read = mark.readLines();
  assert.equal(read.hasTaken(at(7999), 99), true, "older than the last, changed");
  assert.equal(read.hasTaken(at(8000), 99), false, "so near the last that it may be new");
  assert.equal(read.hasTaken(at(10_000), 3), true);
  assert.equal(read.hasTaken(at(10_000), 3), false, "the same once more");
  assert.equal(read.hasTaken(at(10_000), 4), false, "new, of the same second");
  assert.equal(read.hasTaken(at(9500), 2), false, "the same a moment later");
  assert.equal(read.hasTaken(at(10_500), 3), false, "newer than all");
});

test("two logs may timestamp one line up to two seconds apart", () => {
  for (const [apart, isReread] of [
    [-2000, true],
    [2000, true],
    [2001, false],
  ] as const) {
    const mark = new ReadMark();
    mark.settle("file:/log");
    countNew(mark, [[10_000, 3]]);
    mark.beginMove();
    assert.equal(mark.isReread(at(10_000 + apart), 3, "live"), isReread, `${apart}`);
  }
});

/** The mark after a restart of the daemon. */
function restarted(mark: ReadMark): ReadMark {
  const saved = mark.takeChange();
  assert.ok(saved);
  const again = new ReadMark();
  again.restore(saved, at(DAY));
  return again;
}

test("a move interrupted by a restart and a stepped clock resumes with the lines read before it", () => {
  const mark = new ReadMark();
  mark.settle("file:/log");
  countNew(mark, [
    [10_000, 1],
    [10_500, 2],
  ]);
  mark.beginMove();
  assert.equal(countNew(mark, [[10_000, 1]]), 0);
  const again = restarted(mark);
  again.shift(3_600_000);
  assert.equal(countNew(again, [[3_610_500, 2]]), 0, "read before the move");
  assert.equal(countNew(again, [[3_610_500, 2]]), 1, "the same again is another line");
});

test("a mark is saved only after a change, and never for a jail without a source", () => {
  const mark = new ReadMark();
  countNew(mark, [[0, 1]]);
  assert.equal(mark.takeChange(), undefined);
  mark.settle("file:/log");
  assert.equal(mark.takeChange()?.place, "file:/log");
  mark.settle("file:/log");
  assert.equal(mark.takeChange(), undefined);
  mark.settle("journal");
  assert.equal(mark.takeChange()?.place, "journal");
});

test("lines with more distant timestamps are recognized by timestamp alone", () => {
  const mark = new ReadMark();
  mark.settle("file:/log");
  countNew(mark, [
    [0, 1],
    [3000, 2],
    [5000, 3],
    // Arrived late.
    [500, 4],
  ]);
  const saved = mark.takeChange();
  assert.deepEqual(
    saved?.read.recent.map(({ print }) => print),
    [2, 3],
  );
  mark.beginMove();
  const after = [
    [0, 1],
    [500, 4],
    [2999, 9],
    [3000, 2],
    [5000, 3],
    [5000, 5],
  ] as const;
  assert.deepEqual(
    after.filter(([when, print]) => !mark.isReread(at(when), print, "backlog")),
    [[5000, 5]],
  );
});

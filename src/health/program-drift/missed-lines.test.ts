import assert from "node:assert/strict";
import test from "node:test";
import { MAX_MESSAGE } from "../drift/message-bound.ts";
import { createMissedLines, type MissedLines } from "./missed-lines.ts";

const MAX_COUNT = 100;

function open(chance: () => number = () => 0.999): {
  readonly lines: MissedLines;
  readonly waits: () => number;
  readonly miss: (from: number, to: number) => void;
} {
  let waits = 0;
  const lines = createMissedLines(chance, () => void waits++);
  const miss = (from: number, to: number): void => {
    for (let n = from; n < to; n++) lines.missed(`>>${n}<<`, 2, `>>${n}`.length);
  };
  return { lines, waits: () => waits, miss };
}

test("each call of the sample starts over with the full capacity", () => {
  const { lines, waits, miss } = open();
  for (const round of [0, 1]) {
    miss(round * MAX_COUNT, (round + 1) * MAX_COUNT);
    assert.deepEqual(
      lines.take(),
      Array.from({ length: MAX_COUNT }, (_, n) => String(round * MAX_COUNT + n)),
    );
    assert.equal(waits(), round + 1, "told of the first of each");
  }
  assert.deepEqual(lines.take(), []);
  assert.deepEqual([lines.unknown, lines.skipped], [200, 0]);
});

test("in a flood every message is sampled with equal probability, and omitted ones are counted", () => {
  const drawn = [0, 0.5, 0.999];
  const { lines, miss } = open(() => drawn.shift() ?? 0.999);
  miss(0, MAX_COUNT + 3);
  const taken = lines.take();
  assert.equal(taken.length, MAX_COUNT);
  assert.deepEqual([taken[0], taken[51]], ["100", "101"], "of 101 the first, of 102 the middle");
  assert.ok(!taken.includes("102"));
  assert.deepEqual([lines.unknown, lines.skipped], [103, 3]);
});

test("a long message is stored up to the examined length plus one character", () => {
  const { lines } = open();
  lines.missed("x".repeat(2 * MAX_MESSAGE), 0, 2 * MAX_MESSAGE);
  lines.missed("xyz", 1, 2);
  assert.deepEqual(
    lines.take().map(({ length }) => length),
    [MAX_MESSAGE + 1, 1],
  );
});

import assert from "node:assert/strict";
import test from "node:test";
import { splitNested, type TimedRange } from "./split-nested.ts";

type Text = readonly [first: number, last: number, seconds: number];

function split(...ranges: readonly Text[]): readonly Text[] {
  const timed = ranges.map(([first, last, seconds]): TimedRange => {
    return { first: BigInt(first), last: BigInt(last), seconds };
  });
  return splitNested(timed).map(({ first, last, seconds }) => [
    ...([Number(first), Number(last), seconds] as const),
  ]);
}

test("ranges that end later are cut out of the one around them, others are left out", () => {
  assert.deepEqual(split([0, 15, 60], [4, 4, 90], [8, 8, 30], [20, 20, 1]), [
    [0, 3, 60],
    [4, 4, 90],
    [5, 15, 60],
    [20, 20, 1],
  ]);
});

test("ranges at the edges and neighbors leave no empty range", () => {
  assert.deepEqual(split([0, 3, 60], [0, 0, 90], [1, 1, 90], [3, 3, 70]), [
    [0, 0, 90],
    [1, 1, 90],
    [2, 2, 60],
    [3, 3, 70],
  ]);
  assert.deepEqual(split([0, 3, 60], [0, 1, 70], [2, 3, 70]), [
    [0, 1, 70],
    [2, 3, 70],
  ]);
});

test("each address keeps the latest end of all networks around it, and no two ranges overlap", () => {
  // A fixed sequence, so that a failure can be repeated.
  let state = 7;
  const draw = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  for (let round = 0; round < 500; round++) {
    const networks = new Map<string, Text>();
    for (let n = draw(9); n >= 0; n--) {
      const size = 2 ** draw(7);
      const first = draw(64 / size) * size;
      networks.set(`${first} ${size}`, [first, first + size - 1, 1 + draw(5)]);
    }
    const ranges = [...networks.values()];
    const found = split(...ranges);
    for (let address = 0; address < 64; address++) {
      const holds = ([first, last]: Text): boolean => first <= address && address <= last;
      const ends = ranges.filter(holds).map(([, , seconds]) => seconds);
      const expected = ends.length === 0 ? [] : [Math.max(...ends)];
      const got = found.filter(holds).map(([, , seconds]) => seconds);
      assert.deepEqual(got, expected, `${address} in ${JSON.stringify(ranges)}`);
    }
  }
});

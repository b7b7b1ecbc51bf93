import assert from "node:assert/strict";
import { test } from "node:test";
import { coverPairs } from "./cover-pairs.ts";

function pairsIn(combinations: readonly (readonly number[])[]): ReadonlySet<string> {
  const pairs = combinations.flatMap((options) =>
    options.flatMap((one, i) =>
      options.flatMap((two, j) => (i < j ? [`${i}=${one} ${j}=${two}`] : [])),
    ),
  );
  return new Set(pairs);
}

/** Of positions with these numbers of options. */
function countPairs(sizes: readonly number[]): number {
  return sizes
    .flatMap((one, i) => sizes.slice(i + 1).map((two) => one * two))
    .reduce((a, b) => a + b, 0);
}

for (const sizes of [[2, 2], [3, 1, 2], [4, 6, 2, 2, 1, 3], new Array<number>(20).fill(2)])
  test(`each pair of options occurs: ${sizes.join(" ")}`, () => {
    const combinations = coverPairs(sizes, 1000);
    assert.equal(pairsIn(combinations).size, countPairs(sizes));
    assert.deepEqual(
      combinations[0],
      sizes.map(() => 0),
    );
    const all = sizes.reduce((product, size) => product * size, 1);
    assert.ok(combinations.length <= Math.min(all, 32), `${combinations.length}`);
  });

for (const [sizes, expected] of [
  [[], [[]]],
  [[1, 1], [[0, 0]]],
  [
    [1, 3],
    [
      [0, 0],
      [0, 1],
      [0, 2],
    ],
  ],
] as const)
  test(`each option occurs where only one position has several: ${JSON.stringify(sizes)}`, () =>
    assert.deepEqual(coverPairs(sizes, 1000), expected));

test("there are no more combinations than the limit", () =>
  assert.deepEqual(coverPairs([9], 2), [[0], [1]]));

import assert from "node:assert/strict";
import test from "node:test";
import { inPages, isPaged } from "./paged-list.ts";

const BOUND = { timeout: 60_000 };

test("pages contain every item once and in order", BOUND, async () => {
  for (const [count, sizes] of [
    [0, [0]],
    [2, [2]],
    [3, [3, 0]],
    [7, [3, 3, 1]],
  ] as const) {
    const items = Array.from({ length: count }, (_, n) => n);
    const pages = await Array.fromAsync(inPages(items, 3));
    assert.deepEqual(pages.flat(), items);
    assert.deepEqual(
      pages.map(({ length }) => length),
      sizes,
    );
  }
  assert.ok(isPaged(inPages([], 3)) && !isPaged([]) && !isPaged(null));
});

test(
  "a selection ends at its limit, and lets other work run while it reads what is not wanted",
  BOUND,
  async () => {
    const items = Array.from({ length: 20 }, (_, n) => n);
    const even = { isWanted: (n: number) => n % 10 === 0, limit: 5 };
    assert.deepEqual(await Array.fromAsync(inPages(items, 5, even)), [[0], [], [10], [], []]);
    const first = { isWanted: (n: number) => n > 3, limit: 3 };
    assert.deepEqual((await Array.fromAsync(inPages(items, 5, first))).flat(), [4, 5, 6]);
  },
);

test("a page is created on request, not earlier", BOUND, async () => {
  let made = 0;
  function* endless(): Generator<number> {
    for (;;) yield made++;
  }
  const pages = inPages(endless(), 10);
  await pages.next();
  assert.equal(made, 10);
  await pages.next();
  assert.equal(made, 20);
  await pages.return();
});

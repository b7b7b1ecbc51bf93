import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TopList } from "../../domain/stats.ts";
import { mergeTops, TopCounter, trimTop } from "./top-list.ts";

/** Fails unless the list says nothing wrong about these true counts. */
function assertTrue({ entries, floor }: TopList, counts: ReadonlyMap<string, number>): void {
  const listed = new Set(entries.map(({ key }) => key));
  for (const { key, count, error } of entries) {
    const real = counts.get(key) ?? 0;
    assert.ok(count - error <= real && real <= count, `${key}: ${real} of ${count} ± ${error}`);
  }
  for (const [key, real] of counts)
    if (!listed.has(key)) assert.ok(real <= floor, `${key}: ${real} is above the floor ${floor}`);
}

test("counts are within the stated error, over trims and merges", () => {
  const stream = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 9 })),
  );
  fc.assert(
    fc.property(
      fc.array(stream, { maxLength: 4 }),
      fc.integer({ min: 1, max: 8 }),
      (days, size) => {
        const real = new Map<string, number>();
        const lists = days.map((day) => {
          const counter = new TopCounter(size);
          for (const [n, count] of day) {
            counter.add(`k${n}`, count);
            real.set(`k${n}`, (real.get(`k${n}`) ?? 0) + count);
          }
          assert.ok(counter.list().entries.length <= size);
          return counter.list();
        });
        const merged = mergeTops(lists, size);
        assert.ok(merged.entries.length <= size);
        assertTrue(merged, real);
        assertTrue(trimTop(merged, 1), real);
      },
    ),
  );
});

test("while there is room, counts are exact and sorted", () => {
  const counter = new TopCounter(3);
  for (const key of ["a", "b", "b", "c", "b", "c"]) counter.add(key, 1);
  assert.deepEqual(counter.list(), {
    entries: [
      { key: "b", count: 3, error: 0 },
      { key: "c", count: 2, error: 0 },
      { key: "a", count: 1, error: 0 },
    ],
    floor: 0,
  });
});

test("a frequent key stays, however many others come and go", () => {
  const counter = new TopCounter(4);
  for (let n = 0; n < 1000; n++) {
    counter.add(`rare-${n}`, 1);
    if (n % 2 === 0) counter.add("frequent", 1);
  }
  const [first] = counter.list().entries;
  assert.equal(first?.key, "frequent");
});

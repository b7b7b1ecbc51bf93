import assert from "node:assert/strict";
import { test } from "node:test";
import { openSpareMemory } from "./spare-memory.ts";

function takeAndDrop(megabytes: number): void {
  const objects: object[] = [];
  for (let n = 0; n < megabytes * 10_000; n++) objects.push({ a: n, b: n, c: n, d: n, e: n, f: n });
  assert.ok(objects.length > 0);
}

test("freed memory goes back to the system, and only if the process has grown", async () => {
  const memory = await openSpareMemory();
  memory.giveBack();
  const before = process.memoryUsage.rss();
  takeAndDrop(100);
  const grown = process.memoryUsage.rss();
  assert.ok(grown > before + 50e6, `it grew by ${(grown - before) / 1e6} MB only`);
  memory.giveBackIfGrown();
  const after = process.memoryUsage.rss();
  assert.ok(after < before + 25e6, `${(after - before) / 1e6} MB stayed`);
});

test("the garbage collector is not exposed to other code", async () => {
  await openSpareMemory();
  assert.equal(globalThis.gc, undefined);
});

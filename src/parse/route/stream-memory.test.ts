import assert from "node:assert/strict";
import test from "node:test";
import { createStreamMemories } from "./stream-memory.ts";

const MAX_COUNT = 1024;

test("of very many logs the one that was silent longest is forgotten, and none before there are more", () => {
  const memoryOf = createStreamMemories();
  const met = Array.from({ length: MAX_COUNT }, (_, n) => memoryOf(String(n)));
  // Heard again the other way round: the one met last is now silent longest.
  for (let n = MAX_COUNT - 1; n >= 0; n--) assert.equal(memoryOf(String(n)), met[n], String(n));
  memoryOf("one more");
  assert.equal(memoryOf("0"), met[0]);
  assert.notEqual(memoryOf(String(MAX_COUNT - 1)), met[MAX_COUNT - 1]);
});

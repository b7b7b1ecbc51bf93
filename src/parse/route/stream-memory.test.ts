import assert from "node:assert/strict";
import test from "node:test";
import { createStreamMemories } from "./stream-memory.ts";

const MOST = 1024;

test("of very many logs the one that was silent longest is forgotten, and none before there are more", () => {
  const memoryOf = createStreamMemories();
  const met = Array.from({ length: MOST }, (_, n) => memoryOf(String(n)));
  // Heard again the other way round: the one met last is now silent longest.
  for (let n = MOST - 1; n >= 0; n--) assert.equal(memoryOf(String(n)), met[n], String(n));
  memoryOf("one more");
  assert.equal(memoryOf("0"), met[0]);
  assert.notEqual(memoryOf(String(MOST - 1)), met[MOST - 1]);
});

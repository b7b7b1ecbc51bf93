import assert from "node:assert/strict";
import test from "node:test";
import { createStreamMemories } from "./stream-memory.ts";

test("of very many logs the one that was silent longest is forgotten, not the one met first", () => {
  const memoryOf = createStreamMemories("start");
  const [first, second] = [memoryOf("0"), memoryOf("1")];
  for (let n = 2; n < 1024; n++) memoryOf(String(n));
  assert.equal(memoryOf("0"), first, "all of these are remembered");
  memoryOf("one more");
  assert.equal(memoryOf("0"), first);
  assert.notEqual(memoryOf("1"), second);
});

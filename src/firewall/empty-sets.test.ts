import assert from "node:assert/strict";
import test from "node:test";
import { instant } from "../domain/instant.ts";
import { EMPTY_FOR, EmptySets } from "./empty-sets.ts";

test("only sets that stay empty long enough are unused", () => {
  const sets = new EmptySets();
  const begin = 10 * EMPTY_FOR;
  assert.deepEqual(sets.unused(["a", "b"], instant(begin)), []);
  assert.deepEqual(sets.unused(["a"], instant(begin + EMPTY_FOR - 1)), [], "b is used");
  assert.deepEqual(sets.unused(["a", "b"], instant(begin + EMPTY_FOR)), ["a"]);
  assert.deepEqual(sets.unused(["b"], instant(begin)), [], "the clock was set back");
  assert.deepEqual(sets.unused(["b"], instant(begin + EMPTY_FOR)), ["b"]);
});

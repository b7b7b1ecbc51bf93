import assert from "node:assert/strict";
import { test } from "node:test";
import { resembles } from "./resembling-names.ts";

for (const [a, b, expected] of [
  ["alice", "alice", true],
  ["alice", "Alice", true],
  ["alice", "alce", true],
  ["alice", "alicee", true],
  ["alice", "alixe", true],
  ["alice", "ailce", true],
  ["alice", "alice@example.org", true],
  ["alice", "alicia", false],
  ["alice", "bob", false],
  ["oracle", "postgres", false],
  ["bob", "bop", true],
  ["bob", "BOB", true],
  ["bob", "rob", true],
  ["bob", "tom", false],
  ["pi", "pu", false],
  ["", "a", false],
] as const) {
  test(`${a || "no name"} ${expected ? "resembles" : "does not resemble"} ${b}`, () => {
    assert.equal(resembles(a, b), expected);
    assert.equal(resembles(b, a), expected);
  });
}

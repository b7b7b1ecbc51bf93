import assert from "node:assert/strict";
import { test } from "node:test";
import { NameVariants, shareVariant } from "./resembling-names.ts";

function resembles(a: string, b: string): boolean {
  const variants = new NameVariants();
  return shareVariant(variants.of(a), variants.of(b));
}

for (const [a, b, expected] of [
  ["alice", "alice", true],
  ["alice", "Alice", true],
  ["alice", "alce", true],
  ["alice", "alicee", true],
  ["alice", "alixe", true],
  ["alice", "ailce", true],
  ["alice", "alice@example.org", true],
  ["alice", "EXAMPLE\\alice", true],
  ["alice", "EXAMPLE\\\\Alise", true],
  ["alice@example.org", "EXAMPLE\\alice", true],
  ["EXAMPLE\\alice", "EXAMPLE\\bob", false],
  ["alice@example.org", "bob@example.org", false],
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

test("the variants of a name do not depend on the names before it", () => {
  const [variants, fresh] = [new NameVariants(), new NameVariants()];
  const before = variants.of("alice");
  for (let i = 0; i < 1000; i++) variants.of(`name${i}`);
  assert.deepEqual(variants.of("alice"), before);
  assert.deepEqual(variants.of("name7"), fresh.of("name7"));
});

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import test from "node:test";
import { createFacts, type Facts } from "./facts.ts";
import { createNumbering } from "./numbering.ts";

function openFacts(): Facts {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
  return createFacts(database);
}

test("no number is given twice, over restarts and after a failed transaction", () => {
  const facts = openFacts();
  const given: number[] = [];
  for (let run = 0; run < 5; run++) {
    const numbers = createNumbering(facts, "ids", 10);
    for (let n = 0; n < 7; n++) given.push(numbers.next(facts));
  }
  assert.equal(new Set(given).size, 35);
  assert.deepEqual(
    given,
    given.toSorted((a, b) => a - b),
  );
  const numbers = createNumbering(facts, "ids", 10);
  const position = numbers.position();
  const taken = numbers.next(facts);
  numbers.rewind(position);
  assert.equal(numbers.next(facts), taken);
});

test("if the used numbers are unknown, new ones are above all possible ones", () => {
  for (const value of ["-1", "1e99", "x", "1.5"]) {
    const facts = openFacts();
    facts.save("ids", value);
    const numbers = createNumbering(facts, "ids", 10);
    const first = numbers.next(facts);
    assert.ok(first >= 1e15 && Number.isSafeInteger(first), value);
    const later = createNumbering(facts, "ids", 10).next(facts);
    assert.ok(later > first && Number.isSafeInteger(later), value);
  }
});

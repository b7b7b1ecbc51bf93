import assert from "node:assert/strict";
import { test } from "node:test";
import { compileFilter } from "./compile-filter.ts";
import { readFilter } from "./read-filter.ts";

/** The problems of a filter that has the right shape. */
function problems(table: object, choice: "all" | "verified" = "all"): readonly string[] {
  const read = readFilter({ name: "f", ...table }, "f.toml");
  assert.ok(read.ok, JSON.stringify(read));
  const compiled = compileFilter(read.value, "normal", choice);
  return compiled.ok
    ? []
    : compiled.error.map(({ key, got, expected }) => `${key}: found ${got}, expected ${expected}`);
}

test("an unknown column is one problem, and none of time_field too", () => {
  const csv = { result: "denied", peer: "{ip}" };
  const rule = [{ id: "r", is: "failure", csv }];
  const unknown = 'rule.0.csv.peer: found column "peer", expected one of result, address';
  const columns = ["result", "address"];
  assert.deepEqual(problems({ columns, time_field: "result", rule }), [unknown]);
  assert.deepEqual(problems({ columns: ["result", "peer"], time_field: "at", rule }), [
    'time_field: found column "at", expected one of result, peer',
  ]);
});

test("time_field needs a rule for structured lines, also one that a jail does not use", () => {
  const line = { id: "r", is: "failure", line: "x {ip}" };
  const unverified = { id: "s", is: "failure", json: { a: "{ip}" }, unverified: true };
  assert.match(
    problems({ time_field: "at", rule: [line] })[0] ?? "",
    /^time_field: .* a rule with json/,
  );
  assert.deepEqual(problems({ time_field: "at", rule: [line, unverified] }, "verified"), []);
});

test("a position in a CSV line is one of its columns", () => {
  const rule = [{ id: "r", is: "failure", csv: { 3: "denied", peer: "{ip}" } }];
  assert.deepEqual(problems({ columns: ["result", "peer"], rule }), [
    'rule.0.csv.3: found column "3", expected one of result, peer',
  ]);
  assert.deepEqual(problems({ columns: ["result", "peer", "at"], rule }), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { readFilter } from "./read-filter.ts";

const LINE = { id: "r", is: "failure", line: "x {ip}" };
const CSV = { id: "r", is: "failure", csv: { result: "denied", peer: "{ip}" } };
const PYTHON = { failregex: ["x <HOST>"] };

function problems(table: object): readonly string[] {
  const read = readFilter({ name: "f", ...table }, "f.toml");
  return read.ok
    ? []
    : read.error.map(({ key, got, expected }) => `${key}: found ${got}, expected ${expected}`);
}

test("a column is named once", () => {
  assert.deepEqual(problems({ columns: ["result", "peer", "peer"], rule: [CSV] }), [
    'columns.2: found column "peer" twice, expected each name once',
  ]);
});

test("a setting is refused where nothing uses it", () => {
  for (const [table, problem] of [
    [{ columns: ["a", "b"], rule: [LINE] }, /^columns: found columns in a filter without rules/],
    [
      {
        columns: ["a", "b"],
        columns_by_name: true,
        rule: [{ id: "r", is: "failure", w3c: { a: "{ip}" } }],
      },
      /^columns_by_name: .* expected a rule with csv$/,
    ],
    [{ columns: ["a", "b"], python: PYTHON }, /^columns: found columns for a \[python\] table/],
    [{ time_field: "t", python: PYTHON }, /^time_field: .* expected datepattern in that table$/],
    [{ forwarded_line: ["{forwarded}"], python: PYTHON }, /^forwarded_line: found forwarded_line/],
    [
      { programs: ["a"], clients: ["b"], rule: [LINE] },
      /^clients.0: found "b", expected one of a$/,
    ],
    [{ files: ["/a"], shared: ["/a", "b"], rule: [LINE] }, /^shared.1: found "b"/],
    [{ rule: [{ ...LINE, recorded: true }] }, /^rule.0.recorded: .* no failed in records_logins/],
    [
      { rule: [{ id: "r", is: "failure", json: { a: "{ip}" }, absent: ["b", "a"] }] },
      /^rule.0.absent.1: found "a"/,
    ],
  ] as const) {
    const [first = "", ...others] = problems(table);
    assert.match(first, problem);
    assert.deepEqual(others, []);
  }
});

test("a mistake in a rule causes no second one about settings for such rules", () => {
  assert.deepEqual(
    problems({ columns: ["a", "b"], rule: [{ ...CSV, before: "x" }] }).map(
      (one) => one.split(":")[0],
    ),
    ["rule.0.before"],
  );
});

test("settings that something uses are fine", () => {
  for (const table of [
    { columns: ["result", "peer"], columns_by_name: true, rule: [CSV] },
    { programs: ["a"], files: ["/b"], shared: ["a", "/b"], clients: ["a"], rule: [LINE] },
    { records_logins: { failed: ["x"] }, rule: [{ ...LINE, recorded: true }] },
    { rule: [{ id: "r", is: "failure", json: { a: "{ip}" }, absent: ["b"] }] },
  ])
    assert.deepEqual(problems(table), []);
});

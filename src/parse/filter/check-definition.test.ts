import assert from "node:assert/strict";
import { test } from "node:test";
import { checkForms } from "./check-definition.ts";

const PLAIN = { path: "x.toml", python: undefined };

test("columns by name need columns", () => {
  const [problem] = checkForms({ ...PLAIN, columns_by_name: true });
  assert.equal(problem?.key, "columns_by_name");
  const columns = ["time", "address"];
  assert.deepEqual(checkForms({ ...PLAIN, columns, columns_by_name: true }), []);
});

test("begins is no setting of expressions in Python's dialect", () => {
  const [problem] = checkForms({ ...PLAIN, begins: "{time}", python: {} });
  assert.equal(problem?.key, "begins");
  assert.deepEqual(checkForms({ ...PLAIN, begins: "{time}" }), []);
});

test("begins beside columns has no meaning", () => {
  const [problem] = checkForms({ ...PLAIN, begins: "{time}", columns: ["time", "address"] });
  assert.equal(problem?.key, "begins");
  assert.match(problem.hint ?? "", /^remove begins: a row of CSV continues/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../../domain/problem.ts";
import { readFilter } from "./read-filter.ts";

const RULE = { id: "r", is: "failure", line: "x {ip}" };
const JSON_RULE = { id: "r", is: "failure" };

function problems(table: object): readonly string[] {
  const read = readFilter({ name: "f", rule: [RULE], ...table }, "f.toml");
  assert.ok(!read.ok, JSON.stringify(table));
  return read.error.map(formatProblem);
}

test("an entry of a list is described as what it is, not as the list", () => {
  assert.deepEqual(problems({ files: [""], lacks: ["ipv4"], address_headers: [7] }), [
    "f.toml: files, entry 1: found an empty text, expected an absolute path",
    'f.toml: lacks, entry 1: found "ipv4", expected "success", "ipv6" or "unusual-user" (did you mean "ipv6"?)',
    "f.toml: address_headers, entry 1: found 7, expected the name of a header",
  ]);
});

test("a list in place of a table is one problem, and none about its entries", () => {
  for (const [table, problem] of [
    [{ abuse_categories: [18, 21] }, /abuse_categories: found a list, expected lists by mode/],
    [{ records_logins: ["x", "y"] }, /records_logins: found a list, expected terminals/],
    [{ rule: [], python: ["x"] }, /python: found a list, expected a table/],
    [{ rule: [{ ...JSON_RULE, json: ["x", "y"] }] }, /rule 1, json: found a list, expected fields/],
    [{ sample: [{ line: "x", expect: ["r"] }] }, /sample 1, expect: found a list, expected "none"/],
  ] as const) {
    const [first = "", ...others] = problems(table);
    assert.match(first, problem);
    assert.deepEqual(others, []);
  }
});

test("a limit is named with what exceeds it", () => {
  for (const [table, problem] of [
    [{ columns: ["a"] }, /columns: found a list of 1, .*, of at least 2$/],
    [{ programs: Array.from({ length: 65 }, () => "p") }, /found a list of 65, .*, of at most 64$/],
    [{ rule: [{ ...RULE, line: "x".repeat(4001) }] }, /a text of 4001 characters, .* at most 4000/],
    [{ names_exclude: "123456789" }, /found a text of 9 characters, .*, of at most 8 characters$/],
  ] as const)
    assert.match(problems(table)[0] ?? "", problem);
});

test("an empty table and an empty key are named, and inner fields of a field need dots", () => {
  const json = (fields: unknown): string =>
    problems({ rule: [{ ...JSON_RULE, json: fields }] })[0] ?? "";
  assert.match(json({}), /rule 1, json: found an empty table/);
  assert.match(json({ "": "x", a: "{ip}" }), /rule 1, json: found an empty key/);
  assert.match(
    json({ client: { ip: "{ip}" } }),
    /json.client: found a table, .* as in "client.ip" = /,
  );
  assert.match(problems({ records_logins: {} })[0] ?? "", /found an empty table/);
});

test("the column of a CSV rule is no entry of a list", () => {
  assert.deepEqual(
    formatProblem({ path: "f.toml", key: "rule.0.csv.3", got: "x", expected: "y" }),
    "f.toml: rule 1, csv.3: found x, expected y",
  );
});

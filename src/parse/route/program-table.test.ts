import assert from "node:assert/strict";
import { test } from "node:test";
import { compileFilter } from "../filter/compile-filter.ts";
import { createProgramTable, type ProgramTable } from "./program-table.ts";
import type { IndexedFilter } from "./rule-index.ts";
import { RuleLiterals } from "./rule-literals.ts";

function watching(entry: number, ...programs: readonly string[]): IndexedFilter {
  const nothing = { description: "", journal: [], files: [], ports: [], samples: [] };
  const definition = { name: "f", path: "f.toml", programs, rules: [], ...nothing };
  const made = compileFilter(definition, "normal");
  assert.ok(made.ok);
  return { entry, filter: made.value };
}

function tableOf(filters: readonly IndexedFilter[]): ProgramTable {
  return createProgramTable(filters, new RuleLiterals(filters.map(({ filter }) => filter)));
}

const TABLE = tableOf([
  watching(0, "sshd", "sshd-session"),
  watching(1, "sshd", "squad"),
  // In the bucket of "sshd".
  watching(2, "send"),
]);

test("globs: every filter that watches a name, and names of clients are remembered up to a bound", () => {
  const table = tableOf([
    watching(0, "postfix/smtpd", "postfix/*/smtpd"),
    watching(1, "postfix", "postfix*/smtpd"),
    watching(2, "sshd"),
  ]);
  const entriesOf = (name: string): readonly number[] | undefined => {
    const found = table.byName(name)?.entries;
    assert.deepEqual(table.find(`x ${name}[1]`, 2, 2 + name.length)?.entries, found);
    return found;
  };
  for (let i = 0; i < 3000; i++) assert.equal(entriesOf(`none${i}`), undefined);
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(entriesOf("postfix/smtpd"), [0, 1]);
    assert.deepEqual(entriesOf("postfix/submission/smtpd"), [0]);
    assert.deepEqual(entriesOf("postfix-in/smtpd"), [1]);
    assert.deepEqual(entriesOf("sshd"), [2]);
    assert.deepEqual(entriesOf(`postfix${"x".repeat(100)}/smtpd`), [1]);
    assert.equal(entriesOf("postfix*/smtpd/x"), undefined);
  }
});

for (const [name, expected] of [
  ["sshd", [0, 1]],
  ["sshd-session", [0]],
  ["squad", [1]],
  ["send", [2]],
  // In the bucket of "sshd" too, and watched by nobody.
  ["sand", undefined],
  ["cron", undefined],
  ["SSHD", undefined],
] as const)
  test(`a line of ${name} goes to ${expected === undefined ? "no filter" : expected.join(" and ")}`, () => {
    const line = `web1 ${name}[42]: x`;
    const start = line.indexOf(name);
    assert.deepEqual(TABLE.find(line, start, start + name.length)?.entries, expected);
    assert.deepEqual(TABLE.byName(name)?.entries, expected);
  });

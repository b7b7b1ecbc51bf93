import assert from "node:assert/strict";
import { test } from "node:test";
import { compileFilter } from "../filter/compile-filter.ts";
import { createProgramTable } from "./program-table.ts";
import type { IndexedFilter } from "./rule-index.ts";

function watching(entry: number, ...programs: readonly string[]): IndexedFilter {
  const nothing = { description: "", journal: [], files: [], ports: [], samples: [] };
  const definition = { name: "f", path: "f.toml", programs, rules: [], ...nothing };
  const made = compileFilter(definition, "normal");
  assert.ok(made.ok);
  return { entry, filter: made.value };
}

const TABLE = createProgramTable([
  watching(0, "sshd", "sshd-session"),
  watching(1, "sshd", "squad"),
  // In the bucket of "sshd".
  watching(2, "send"),
]);

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

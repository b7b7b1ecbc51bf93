import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleDefinition } from "../../domain/filter-definition.ts";
import { createEffort, RULES_EFFORT } from "../expression/search-effort.ts";
import { compileFilter } from "../filter/compile-filter.ts";
import { type IndexedFilter, RuleIndex } from "./rule-index.ts";
import { RuleLiterals } from "./rule-literals.ts";

const MESSAGES = [
  "alice failed from 192.0.2.7",
  '192.0.2.7 - - [x] "GET /.env HTTP/1.1" 404 1',
  '192.0.2.7 - - [x] "GET / HTTP/1.1" 200 1',
  "started",
  '{"m\\u0073g":"failed","peer":"192.0.2.7"}',
  '{"msg":"failed","peer":"192.0.2.7"}',
  "",
  "load: 7% of 8",
];

function pattern(line: string): RuleDefinition {
  const recognize = { kind: "line", patterns: [line] } as const;
  return { ...RULE, id: line, recognize };
}

const RULE = {
  is: "neutral",
  counting: "each",
  closes: false,
  login: "password",
  mode: "normal",
} as const;

const PATTERNS = [
  "{user} failed from {ip}",
  '{ip} {*} "{m:word} {path:text}/{.env|.git} {*}',
  "{ip} {*} {404|403} {*}",
  "{ip} {*} 200 {*}",
  "{word}",
  "started",
  // Equal expressions, and one whose only required text is a character.
  "{ip} {*} 200 {*}",
  "{*}%{*}",
  ...Array.from({ length: 40 }, (_, n) => `{word} unseen text ${n} {*}`),
];

function indexOf(filters: readonly IndexedFilter[]): RuleIndex {
  return new RuleIndex(filters, new RuleLiterals(filters.map(({ filter }) => filter)));
}

/** Returns for each message the rules that an index finds, each rule in a separate filter. */
function findAll(patterns: readonly string[]): readonly (readonly string[])[] {
  const filters = patterns.map((line, entry) => {
    const nothing = {
      description: "",
      journal: [],
      files: [],
      ports: [],
      samples: [],
      programs: [],
    };
    const definition = { name: "f", path: "f.toml", rules: [pattern(line)], ...nothing };
    const made = compileFilter(definition, "normal");
    assert.ok(made.ok);
    return { entry, filter: made.value };
  });
  const index = indexOf(filters);
  const long = { effort: createEffort(RULES_EFFORT), wants: () => true };
  return MESSAGES.map((message) => {
    const found: string[] = [];
    index.find(`x\n${message}\n`, 2, message.length + 2, (_, { id }) => found.push(id), long);
    return found;
  });
}

test("an index finds what its rules match, with few literals and with many", () => {
  const expected = MESSAGES.map((_, n) =>
    PATTERNS.filter((line) => findAll([line])[n]?.length === 1),
  );
  assert.deepEqual(findAll(PATTERNS), expected);
  assert.deepEqual(
    findAll(PATTERNS.slice(0, 8)),
    expected.map((all) => all.filter((line) => PATTERNS.indexOf(line) < 8)),
  );
  assert.deepEqual(
    expected.map(({ length }) => length),
    [1, 2, 2, 2, 1, 1, 0, 1],
  );
});

test("rules for structured lines are chosen by their keys, also escaped ones", () => {
  const nothing = { description: "", journal: [], files: [], ports: [], samples: [], programs: [] };
  const fields = [
    { key: "msg", pattern: "failed" },
    { key: "peer", pattern: "{ip}" },
  ];
  const record = { kind: "record", format: "json", fields, absent: [], columns: [] } as const;
  const recognize = { ...record, before: undefined };
  const definition = { name: "f", path: "f.toml", rules: [{ ...RULE, id: "json", recognize }] };
  const made = compileFilter({ ...definition, ...nothing }, "normal");
  assert.ok(made.ok);
  const filters = [{ entry: 0, filter: made.value }];
  const index = indexOf(filters);
  const long = { effort: createEffort(RULES_EFFORT), wants: () => true };
  const chosen = MESSAGES.map((message) => {
    index.find(`${message}\n`, 0, message.length, () => undefined, long);
    return index.recordsIn(`${message}\n`, 0, message.length).length;
  });
  assert.deepEqual(chosen, [0, 0, 0, 0, 1, 1, 0, 0]);
});

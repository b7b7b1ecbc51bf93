import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleDefinition } from "../../domain/filter-definition.ts";
import { parsePattern } from "../pattern/pattern.ts";
import { connectionIn, numbersConnections, withSessionField } from "./connection-field.ts";
import { readFilter } from "./read-filter.ts";

/** The field of the pattern that contains the connection number, and its type. */
function sessionOf(pattern: string): readonly [number, string] | undefined {
  const parts = parsePattern(pattern);
  assert.ok(parts.ok, pattern);
  for (const [at, part] of withSessionField(parts.value).entries())
    if (part.kind === "field" && part.name === "session") return [at, part.type];
  return undefined;
}

for (const [pattern, expected] of [
  ["conn={n:int} op=1", [1, "int"]],
  ["conn={*} op=1", [1, "text"]],
  ["[{level}] Session ID: {id} closed", undefined],
  ["[{level}] session #{id} closed", [3, "word"]],
  ["{conn:int}: closed", [0, "int"]],
  ["{session}: closed", [0, "word"]],
  ["{time:word} connection {id} closed", [2, "word"]],
  ["{connection_id} closed", [0, "word"]],
  // A client's text before it can move it.
  ["{user} conn={n:int}", undefined],
  ["{*}conn={n:int}", undefined],
  ["{?x }conn={n:int}", undefined],
  // Another kind of value.
  ["connection {ip} closed", undefined],
  ["connection {user} closed", undefined],
  ["connection {*}{ip} closed", undefined],
  ["reconn={n:int}", undefined],
  ["user {n:int}", undefined],
] as const)
  test(`the connection in "${pattern}"`, () => assert.deepEqual(sessionOf(pattern), expected));

function rulesOf(...rules: readonly object[]): readonly RuleDefinition[] {
  const common = { is: "failure" };
  const tables = rules.map((rule, i) => ({ ...common, id: `r${i}`, ...rule }));
  const read = readFilter({ name: "f", rule: tables }, "f.toml");
  assert.ok(read.ok, JSON.stringify(read));
  return read.value.rules;
}

for (const [what, rules, expected] of [
  ["a line with both", [{ line: "conn={n:int} from {ip}" }], true],
  ["both in options", [{ line: "x{? from {ip}}{? of {session}}" }], true],
  ["both in one of several forms", [{ line: "x {of {session} from {ip}|closed}" }], true],
  ["an expression with both", [{ regex: "conn=(?<session>[0-9]+) from (?<ip>.*)" }], true],
  ["JSON with both", [{ json: { ip: "{ip}", id: "{session}" } }], true],
  ["no connection", [{ line: "failed from {ip}" }], false],
  ["an expression without a connection", [{ regex: "failed from (?<ip>.*)" }], false],
  ["in different rules", [{ line: "conn={n:int} failed" }, { line: "x from {ip}" }], false],
  ["a pattern that cannot be read", [{ line: "conn={n:int} from {ip" }], false],
] as const)
  test(`whether lines that name a peer number its connection: ${what}`, () =>
    assert.equal(numbersConnections(rulesOf(...rules)), expected));

for (const [namesSession, captured, expected] of [
  [false, "1000", "1000"],
  [false, "a7.x", "a7.x"],
  [false, "opened", undefined],
  [false, undefined, undefined],
  [true, "v/1404dhMu3LAHEK", "v/1404dhMu3LAHEK"],
  [true, "pYwfwodhSNvLAHEK", "pYwfwodhSNvLAHEK"],
  [true, "x".repeat(1000), "x".repeat(127)],
  [true, "", undefined],
  [true, undefined, undefined],
] as const)
  test(`${namesSession ? "{session}" : "conn="} ${captured}: ${expected ?? "no connection"}`, () => {
    assert.equal(connectionIn(["", captured], { sessionGroups: [1], namesSession }), expected);
    assert.equal(connectionIn(["", captured], { sessionGroups: [], namesSession }), undefined);
  });

import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import { parse } from "smol-toml";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { MAX_LINE_BYTES } from "../../domain/line-batch.ts";
import { cutLongLine } from "./cut-long-line.ts";
import { explainLine, type ExplainedLog } from "./explain-line.ts";
import { readFilter } from "./read-filter.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine");

const FILTER = `name = "door"
[[rule]]
id = "denied"
is = "failure"
line = ["refused {ip}", "login of {user:name} from {ip} denied{?: {*}}"]
[[rule]]
id = "odd"
is = "failure"
regex = 'odd (?<ip>\\S+)'
[[rule]]
id = "record"
is = "failure"
json = { msg = "denied", peer = "{ip}" }
`;

function door(): FilterDefinition {
  const filter = readFilter(parse(FILTER), "door.toml");
  assert.ok(filter.ok, JSON.stringify(filter));
  return filter.value;
}

/** Each rule as "matches", or what matched, what was expected and what was found. */
function explain(line: string): readonly string[] {
  return explainLine(door(), line, "shared").map(({ isMatch, matched, expected, found }) =>
    isMatch ? "matches" : [matched, expected, found].join(" | "),
  );
}

test("a rule that matches, in any form and behind a header", () => {
  assert.equal(explain("login of a from 192.0.2.7 denied")[0], "matches");
  assert.equal(explain("Nov 23 04:11:05 web1 door[7]: refused 192.0.2.7")[0], "matches");
  assert.equal(explain("odd 192.0.2.7")[1], "matches");
  assert.equal(explain('{"msg":"denied","peer":"192.0.2.7"}')[2], "matches");
});

test("where the closest pattern diverges", () => {
  const [closest] = explain("Nov 23 04:11:05 web1 door[7]: login of a from 192.0.2.7 refused");
  const [early] = explain("login of");
  assert.equal(early, 'login of | " {user:name} from {ip} denied{?: {*}}" | ', "as in the file");
  assert.equal(closest, 'login of a from 192.0.2.7  | "denied{?: {*}}" | refused');
  const [late] = explain("login of a from 192.0.2.7 denied now");
  assert.equal(late, "login of a from 192.0.2.7 denied | the end of the line |  now");
});

test("other kinds of rules show what they expect", () => {
  const [, odd, record] = explain("login");
  assert.equal(odd, " | regex 'odd (?<ip>\\S+)' | login");
  assert.equal(record, " | a JSON object | login");
});

test("the divergence of a wrapped line is that of the text in it", () => {
  for (const line of [
    '{"log":"login of a from 192.0.2.7 refused\\n","stream":"stdout","time":"2026-11-28T09:19:59Z"}',
    "2026-11-28T09:19:59.123Z stdout F login of a from 192.0.2.7 refused",
  ])
    assert.equal(explain(line)[0], 'login of a from 192.0.2.7  | "denied{?: {*}}" | refused');
});

test("a text that fits is no match if its address is none", () => {
  assert.equal(
    explain("login of a from 192.0.2.700 denied")[0],
    "login of a from  | a valid address | 192.0.2.700 denied",
  );
});

test("the lines of a record are one line, with a blank for each line break", () => {
  const definition = { ...door(), begins: "login" };
  const first = (line: string) => explainLine(definition, line, "shared")[0];
  assert.equal(first("login of a from 192.0.2.7\ndenied")?.isMatch, true);
  const { matched, found } = first("login of a from 192.0.2.7\nrefused") ?? {};
  assert.deepEqual([matched, found], ["login of a from 192.0.2.7 ", "refused"]);
});

test("the lines of a record in the log of a container", () => {
  const definition = { ...door(), begins: "login" };
  const docker = (log: string, stream = "stdout"): string =>
    JSON.stringify({ log: `${log}\n`, stream, time: "2026-11-28T09:19:59Z" });
  const first = (...lines: readonly string[]) =>
    explainLine(definition, lines.join("\n"), "shared")[0];
  const head = docker("login of a from 192.0.2.7");
  assert.equal(first(head, docker("denied"))?.isMatch, true);
  assert.equal(first(head, docker("refused"))?.found, "refused");
  assert.equal(first(head, docker("denied", "stderr"))?.isMatch, false);
});

test("a cut line is explained up to the cut", () => {
  const line = cutLongLine(`login of ${"a".repeat(20_000)} from 192.0.2.7 denied`);
  assert.equal(new TextEncoder().encode(line).length, MAX_LINE_BYTES + 1);
  const [first] = explainLine(door(), line, "shared");
  assert.deepEqual([first?.isMatch, first?.found], [false, ""]);
  assert.ok(!first?.matched.includes("\0"));
  const wide = cutLongLine(`${"a".repeat(MAX_LINE_BYTES - 1)}ä`);
  assert.equal(wide, `${"a".repeat(MAX_LINE_BYTES - 1)}\0`, "no part of a character");
  assert.equal(cutLongLine("short"), "short");
});

test("another program before the message: only in the filter's own log", () => {
  const definition = { ...door(), programs: ["door"] };
  const line = "Nov 23 04:11:05 web1 gate[7]: refused 192.0.2.7";
  const found = (log: ExplainedLog): boolean | undefined =>
    explainLine(definition, line, log)[0]?.isMatch;
  assert.equal(found("shared"), false);
  assert.equal(found("own"), true);
});

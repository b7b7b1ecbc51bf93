import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import { parse } from "smol-toml";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
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
  assert.equal(record, ' | a record with "denied", "{ip}" | login');
});

test("another program before the message: only in the filter's own log", () => {
  const definition = { ...door(), programs: ["door"] };
  const line = "Nov 23 04:11:05 web1 gate[7]: refused 192.0.2.7";
  const found = (log: ExplainedLog): boolean | undefined =>
    explainLine(definition, line, log)[0]?.isMatch;
  assert.equal(found("shared"), false);
  assert.equal(found("own"), true);
});

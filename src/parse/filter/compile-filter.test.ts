import assert from "node:assert/strict";
import test from "node:test";
import v8 from "node:v8";
import type {
  FilterDefinition,
  FilterMode,
  Recognizer,
  RuleDefinition,
} from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { firstCapture } from "./captures.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import { type Filter, compileFilter } from "./compile-filter.ts";
import { createEffort } from "../expression/search-effort.ts";
import { execute } from "../route/execute.ts";
import { executeLong } from "../route/long-message.ts";

const RECORD = {
  kind: "record",
  format: "json",
  absent: [],
  before: undefined,
  columns: [],
} as const;

function rule(recognize: Recognizer, more: Partial<RuleDefinition> = {}): RuleDefinition {
  return {
    id: "r",
    is: "failure",
    mode: "normal",
    counting: "each",
    closes: false,
    login: "password",
    recognize,
    ...more,
  };
}

function definition(...rules: readonly RuleDefinition[]): FilterDefinition {
  const nothing = { description: "", journal: [], files: [], ports: [], samples: [] };
  return { name: "f", path: "f.toml", programs: ["p"], rules, ...nothing };
}

function compile(rules: readonly RuleDefinition[], mode: FilterMode = "normal"): Filter {
  const compiled = compileFilter(definition(...rules), mode);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

function problems(...rules: readonly RuleDefinition[]): readonly Problem[] {
  const compiled = compileFilter(definition(...rules), "normal");
  assert.ok(!compiled.ok);
  return compiled.error;
}

const line = (...patterns: readonly string[]): Recognizer => ({ kind: "line", patterns });
const regex = (source: string): Recognizer => ({ kind: "regex", source });

function only(filter: Filter): CompiledRule {
  const [first] = filter.rules;
  assert.ok(first !== undefined && filter.rules.length === 1);
  return first;
}

// Must be the first test: the flags below apply to the whole process.
test("without the linear engine compiling fails", () => {
  v8.setFlagsFromString("--no-enable-experimental-regexp-engine");
  assert.throws(
    () => compile([rule(line("{ip}"))]),
    /linear regular expression engine is not enabled/,
  );
  v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
  v8.setFlagsFromString("--enable-experimental-regexp-engine");
});

test("a rule becomes one expression for each of its patterns", () => {
  const filter = compile([
    rule(line("a {user} from {ip}", "b {host}")),
    rule(line("c"), { id: "s", is: "neutral", counting: "once" }),
  ]);
  assert.deepEqual(filter.programs, ["p"]);
  assert.deepEqual(
    filter.rules.map((one) => ({
      id: one.id,
      kind: one.kind,
      counting: one.counting,
      ipGroups: one.ipGroups,
      hostGroups: one.hostGroups,
      userGroups: one.userGroups,
      captures: one.captures,
      openings: one.openings,
    })),
    [
      {
        id: "r",
        kind: "failure",
        counting: "each",
        ipGroups: [2],
        hostGroups: [],
        userGroups: [1],
        captures: true,
        openings: ["a "],
      },
      {
        id: "r",
        kind: "failure",
        counting: "each",
        ipGroups: [],
        hostGroups: [1],
        userGroups: [],
        captures: true,
        openings: ["b "],
      },
      {
        id: "s",
        kind: "neutral",
        counting: "once",
        ipGroups: [],
        hostGroups: [],
        userGroups: [],
        captures: false,
        openings: ["c"],
      },
    ],
  );
});

test("a rule of the stricter mode only gives context in the milder one", () => {
  const rules = [rule(line("a {ip}"), { mode: "aggressive" })];
  assert.equal(only(compile(rules, "normal")).kind, "pending");
  assert.equal(only(compile(rules, "aggressive")).kind, "failure");
});

test("every pattern is anchored at both ends and ends with its line", () => {
  const compiled = only(compile([rule(line("x {ip}"))]));
  const run = (text: string, start = 0): string | undefined => {
    const captures = execute(compiled, text, start, text.indexOf("\n", start));
    return captures === null ? undefined : firstCapture(captures, compiled.ipGroups);
  };
  assert.equal(run("x 192.0.2.1\n"), "192.0.2.1");
  assert.equal(run("x 192.0.2.1  \n"), "192.0.2.1");
  assert.equal(run("x 192.0.2.1 y\n"), undefined);
  assert.equal(run("yx 192.0.2.1\n"), undefined);
  assert.equal(run("yx 192.0.2.1\n", 1), "192.0.2.1");
  assert.equal(run("x \n192.0.2.1\n"), undefined);
});

test("a regular expression is anchored too and sees its own line only", () => {
  for (const source of ["x (?<ip>[^ ]+) (?<user>[^,]*)", "^x (?<ip>[^ ]+) (?<user>[^,]*)$"]) {
    const compiled = only(compile([rule(regex(source))]));
    const text = "x 192.0.2.1 a\nb,c\n";
    assert.deepEqual([...Array.from(execute(compiled, text, 0, 13) ?? [])].slice(1), [
      "192.0.2.1",
      "a",
    ]);
    assert.equal(execute(compiled, text, 14, 17), null);
  }
});

test("a dot matches any character of the line, so that a client hides none with U+2028", () => {
  const dots = only(compile([rule(regex(String.raw`\.x[.\]] (?<ip>[^ ]+) .*`))]));
  for (const odd of ["\u2028", "\u2029", "a\rb", "\\"]) {
    const text = `.x. 192.0.2.1 ${odd}\n`;
    assert.ok(execute(dots, text, 0, text.length - 1) !== null, JSON.stringify(odd));
    const long = `.x] 192.0.2.1 ${odd}${"y".repeat(600)}\n`;
    assert.ok(executeLong(dots, long, createEffort()) !== null, JSON.stringify(odd));
  }
  assert.equal(execute(dots, "xx. 192.0.2.1 y\n", 0, 15), null);
  assert.equal(execute(dots, ".xx 192.0.2.1 y\n", 0, 15), null);
});

test("groups are identified by name, and alternatives may share a name", () => {
  const compiled = only(
    compile([
      rule(regex(String.raw`(a)(?:b)[(](?<ip>\d+)\)|(?<host>c)\((?<user>[)(\]]+)(?<count>\d)`)),
    ]),
  );
  assert.deepEqual(compiled.ipGroups, [2]);
  assert.deepEqual(compiled.hostGroups, [3]);
  assert.deepEqual(compiled.userGroups, [4]);
  assert.deepEqual(compiled.repeatGroups, [5]);
});

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["(?<ip>a)(?=b)", /more than linear time/],
  ["(?<ip>a)(?!b)", /more than linear time/],
  ["(?<=b)(?<ip>a)", /more than linear time/],
  ["(?<ip>a)(b)\\2", /more than linear time/],
  ["(?<ip>a)\\k<ip>", /more than linear time/],
  ["(?<ip>a){2,400}", /more than linear time/],
  ["(?<ip>a", /"\(" that is never closed/],
  ["(?<ip>[b-a])", /out of order/],
  ["no group", /no address/],
  ["a (ip) (?<user>x)", /no address/],
];

test("expressions that cannot be bounded, or have no address, are refused with their position", () => {
  for (const [source, got] of REFUSED) {
    const [problem, ...others] = problems(
      rule(line("fine {ip}")),
      rule(regex(source), { id: "s" }),
    );
    assert.ok(problem !== undefined && others.length === 0, source);
    assert.equal(problem.path, "f.toml");
    assert.equal(problem.key, "rule.1.regex");
    assert.match(problem.got, got);
  }
});

test("a regular expression that is not a failure needs no address", () => {
  assert.equal(only(compile([rule(regex("hello .*"), { is: "neutral" })])).captures, false);
});

test("all mistakes are reported together", () => {
  const found = problems(
    rule(line("{ip", "{bad name}", "ok {ip}")),
    rule({ ...RECORD, fields: [{ key: "a", pattern: "{ip:nope}" }] }, { id: "j" }),
  );
  assert.deepEqual(
    found.map(({ key, hint }) => [key, hint !== undefined]),
    [
      ["rule.0.line.0", true],
      ["rule.0.line.1", true],
      ["rule.1.json.a", false],
    ],
  );
  assert.match(found[0]?.got ?? "", /at character 1 of "\{ip"/);
});

test("mistakes in a rule for structured lines are reported with their place", () => {
  const fields = [{ key: "ip", pattern: "{ip}" }];
  const csv = { format: "csv" } as const;
  for (const [recognize, key, got] of [
    [{ ...RECORD, fields: [{ key: "a..b", pattern: "{ip}" }] }, "json.a..b", /character 3$/],
    [{ ...RECORD, fields, absent: ["x", "a b c|"] }, "absent.1", /character 7$/],
    [{ ...RECORD, ...csv, fields }, "csv.ip", /column "ip"/],
    [{ ...RECORD, ...csv, columns: ["a", "b"], fields }, "csv.ip", /column "ip"/],
    [{ ...RECORD, ...csv, fields: [{ key: "0", pattern: "{ip}" }] }, "csv.0", /column "0"/],
    [{ ...RECORD, ...csv, fields: [{ key: "1.2", pattern: "{ip}" }] }, "csv.1.2", /column/],
    [{ ...RECORD, fields, before: "{{x: " }, "before", /a brace/],
    [{ ...RECORD, fields, before: "{x" }, "before", /never closed/],
    [{ ...RECORD, fields, before: "{ip}: " }, "json", /in two fields/],
    [
      { ...RECORD, fields: [...fields, { key: "b", pattern: "{ip:endpoint}" }] },
      "json",
      /\{ip\} in two/,
    ],
  ] as const) {
    const [problem, ...others] = problems(rule(recognize));
    assert.deepEqual([problem?.key, others], [`rule.0.${key}`, []]);
    assert.match(problem?.got ?? "", got);
  }
  const timed = { ...definition(rule({ ...RECORD, fields })), time_field: "a." };
  const plain = { ...definition(rule({ kind: "line", patterns: ["{ip}"] })), time_field: "a" };
  for (const [table, got] of [
    [timed, /character 3$/],
    [plain, /without rules for structured lines/],
  ] as const) {
    const compiled = compileFilter(table, "normal");
    assert.ok(!compiled.ok);
    assert.equal(compiled.error[0]?.key, "time_field");
    assert.match(compiled.error[0]?.got ?? "", got);
  }
});

test("a JSON rule keeps a pattern for each of its fields", () => {
  const fields = [
    { key: "client.ip", pattern: "{ip}" },
    { key: "msg", pattern: "login failed{*}" },
  ];
  const { recordRules, rules } = compile([rule({ ...RECORD, fields })]);
  assert.equal(rules.length, 0);
  assert.deepEqual(
    recordRules.map(({ id, fields: kept }) => [id, kept.map(({ key }) => key)]),
    [["r", ["client.ip", "msg"]]],
  );
});

test("syntax of other dialects is explained", () => {
  for (const [source, expected, hint] of [
    ["from (?P<ip>\\S+)", /\(\?<ip>…\)/, /without the P/],
    ["from <HOST>", /\(\?<ip>/, /line = .*\{ip\}/],
    ["(?i)from (?<ip>\\S+)", /no flags/, /\[Aa\]/],
    ["(?i:from) (?<ip>\\S+)", /no flags/, /\[Aa\]/],
    ["<F-USER>.*</F-USER> (?<ip>\\S+)", /\(\?<user>/, /F-USER/],
    ["%(__prefix_line)s (?<ip>\\S+)", /text itself/, /fail2ban/],
    ["\\Afrom (?<ip>\\S+)\\Z", /nothing/, /anchored/],
  ] as const) {
    const [problem] = problems(rule(regex(source)));
    assert.match(problem?.expected ?? "", expected, source);
    assert.match(problem?.hint ?? "", hint, source);
    assert.equal(problem?.key, "rule.0.regex");
  }
});

test("two fields of a JSON line cannot both be the peer", () => {
  const fields = ["a", "b"].map((key) => ({ key, pattern: "{ip}" }));
  const [problem] = problems(rule({ ...RECORD, fields }));
  assert.match(problem?.got ?? "", /\{ip\} in two fields/);
  const named = fields.map((field, i) => (i === 0 ? field : { ...field, pattern: "{server:ip}" }));
  assert.deepEqual(compile([rule({ ...RECORD, fields: named })]).recordRules.length, 1);
});

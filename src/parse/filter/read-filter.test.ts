import assert from "node:assert/strict";
import test from "node:test";
import type { Problem } from "../../domain/problem.ts";
import { readFilter, readOverlay } from "./read-filter.ts";

const RECORD = {
  kind: "record",
  format: "json",
  absent: [],
  before: undefined,
  columns: [],
} as const;

const RULE = { id: "r", is: "failure", line: "x {ip}" };

function problems(table: unknown): readonly Problem[] {
  const read = readFilter(table, "f.toml");
  assert.ok(!read.ok);
  return read.error;
}

test("missing keys have defaults", () => {
  assert.deepEqual(readFilter({ name: "f", rule: [RULE] }, "f.toml"), {
    ok: true,
    value: {
      name: "f",
      path: "f.toml",
      description: "",
      programs: [],
      journal: [],
      files: [],
      ports: [],
      rules: [
        {
          id: "r",
          is: "failure",
          mode: "normal",
          counting: "each",
          closes: false,
          login: "password",
          recognize: { kind: "line", patterns: ["x {ip}"] },
        },
      ],
      samples: [],
    },
  });
});

test("only a success may have a login method", () => {
  const read = (rule: Record<string, unknown>) =>
    readFilter({ name: "f", rule: [{ ...RULE, ...rule }] }, "f.toml");
  const good = read({ is: "success", login: "key" });
  assert.equal(good.ok && good.value.rules[0]?.login, "key");
  for (const [rule, key] of [
    [{ login: "key" }, "rule.0.login"],
    [{ is: "success", login: "certain" }, "rule.0.login"],
  ] as const) {
    const bad = read(rule);
    assert.deepEqual(!bad.ok && bad.error.map((problem) => problem.key), [key]);
  }
});

test("the three ways to recognize a line, and samples", () => {
  const read = readFilter(
    {
      name: "f",
      rule: [
        { ...RULE, line: ["a", "b"], counts: "once", mode: "aggressive" },
        { id: "s", is: "neutral", regex: "x.*" },
        { id: "t", is: "success", json: { "client.ip": "{ip}", msg: "ok" } },
      ],
      sample: [
        { line: "x", expect: "none" },
        {
          line: "y",
          mode: "aggressive",
          expect: { rule: "r", ip: "192.0.2.1", user: "u", counts: 2 },
        },
        { line: "z", expect: { rule: "s" } },
      ],
    },
    "f.toml",
  );
  assert.ok(read.ok);
  assert.deepEqual(
    read.value.rules.map(({ recognize }) => recognize),
    [
      { kind: "line", patterns: ["a", "b"] },
      { kind: "regex", source: "x.*" },
      {
        ...RECORD,
        fields: [
          { key: "client.ip", pattern: "{ip}" },
          { key: "msg", pattern: "ok" },
        ],
      },
    ],
  );
  assert.deepEqual(
    read.value.samples.map(({ mode, expect }) => [mode, expect]),
    [
      ["normal", { kind: "none" }],
      ["aggressive", { kind: "rule", rule: "r", ip: "192.0.2.1", user: "u", counts: 2 }],
      ["normal", { kind: "rule", rule: "s", ip: undefined, user: undefined, counts: undefined }],
    ],
  );
});

const REFUSED: readonly (readonly [unknown, string | undefined, RegExp])[] = [
  ["text", undefined, /"text"/],
  [{ name: "f" }, "rule", /without rules/],
  [
    { name: "f", rule: [RULE], python: { failregex: ["<HOST>"] } },
    "rule",
    /and a \[python\] table/,
  ],
  [{ name: "f", rule: [] }, "rule", /without rules/],
  [{ rule: [RULE] }, "name", /nothing/],
  [{ name: "No Spaces", rule: [RULE] }, "name", /No Spaces/],
  [{ name: ["f"], rule: [RULE] }, "name", /^a list$/],
  [{ name: "f", rule: [{ ...RULE, id: "" }] }, "rule.0.id", /^an empty text$/],
  [{ name: "f", rule: [{ ...RULE, line: {} }] }, "rule.0.line", /^a table$/],
  [{ name: "f", rule: [{ ...RULE, 7: "x" }] }, "rule.0.7", /unknown key "7"/],
  [{ name: "f", python: { failregex: "<HOST>" } }, "python.failregex", /^"<HOST>"$/],
  [{ name: "f", python: {} }, "python.failregex", /^nothing$/],
  [{ name: "f", python: { failregex: ["x"], maxline: 2 } }, "python.maxline", /key "maxline"/],
  [{ name: "f", rule: [RULE], color: 1 }, "color", /unknown key "color"/],
  [{ name: "f", rule: [{ ...RULE, lines: "x" }] }, "rule.0.lines", /unknown key "lines"/],
  [{ name: "f", rule: [{ ...RULE, is: "maybe" }] }, "rule.0.is", /"maybe"/],
  [{ name: "f", rule: [{ ...RULE, line: [] }] }, "rule.0.line", /./],
  [{ name: "f", rule: [{ ...RULE, line: ["ok", 3] }] }, "rule.0.line.1", /3/],
  [{ name: "f", rule: [{ ...RULE, counts: "twice" }] }, "rule.0.counts", /"twice"/],
  [{ name: "f", rule: [{ ...RULE, mode: "extra" }] }, "rule.0.mode", /"extra"/],
  [{ name: "f", rule: [{ id: "r", is: "failure" }] }, "rule.0", /nothing to match/],
  [{ name: "f", rule: [{ ...RULE, regex: "x" }] }, "rule.0", /line and regex/],
  [{ name: "f", rule: [{ ...RULE, absent: ["x"] }] }, "rule.0.absent", /absent, and line/],
  [{ name: "f", rule: [{ ...RULE, before: "x" }] }, "rule.0.before", /before, and line/],
  [
    { name: "f", rule: [{ id: "r", is: "failure", logfmt: { a: "{ip}" }, before: "x" }] },
    "rule.0.before",
    /before, and logfmt/,
  ],
  [
    { name: "f", rule: [{ id: "r", is: "failure", json: { a: "{ip}" }, cef: { b: 1 } }] },
    "rule.0",
    /json and cef/,
  ],
  [{ name: "f", rule: [RULE], columns: ["a"] }, "columns", /a list of 1/],
  [{ name: "f", rule: [{ ...RULE, absent: [] }] }, "rule.0.absent", /an empty list/],
  [
    { name: "f", rule: [{ id: "r", is: "failure", json: { a: "{ip}", b: ["x"] } }] },
    "rule.0.json.b",
    /a list/,
  ],
  [{ name: "f", rule: [RULE, RULE] }, "rule.1.id", /"r" a second time/],
  [
    { name: "f", rule: [{ ...RULE, is: "neutral", claims: "googlebot" }] },
    "rule.0.claims",
    /claims, and is = "neutral"/,
  ],
  [{ name: "f", rule: [{ ...RULE, claims: "bingbot" }] }, "rule.0.claims", /"bingbot"/],
  [
    { name: "f", rule: [{ ...RULE, is: "neutral", counts: "once" }] },
    "rule.0.counts",
    /counts, and is = "neutral"/,
  ],
  [{ name: "f", rule: [{ ...RULE, line: "x {user}" }] }, "rule.0", /"r", a failure without an add/],
  [{ name: "f", rule: [{ ...RULE, line: "x {server:ip}" }] }, "rule.0", /without an address/],
  [
    {
      name: "f",
      rule: [
        { ...RULE, id: "in", is: "success", line: "y" },
        { ...RULE, line: "x {?y|z}" },
      ],
    },
    "rule.1",
    /"r", a failure without an address/,
  ],
  [{ name: "f", rule: [RULE], programs: ["a*", "b"] }, "programs.0", /"a\*"/],
  [{ name: "f", rule: [RULE], files: ["log"] }, "files.0", /"log"/],
  [{ name: "f", rule: [RULE], files: ["/a", "var/log/b"] }, "files.1", /var/],
  [{ name: "f", rule: [RULE], journal: ["foo"] }, "journal.0", /"foo"/],
  [{ name: "f", rule: [RULE], journal: ["_UID=0", "_uid=0"] }, "journal.1", /_uid/],
  [{ name: "f", rule: [RULE], journal: ["_UID=0 sshd"] }, "journal.0", /sshd/],
  [{ name: "f", rule: [RULE], sample: [{ line: "x" }] }, "sample.0.expect", /nothing/],
  [
    { name: "f", rule: [RULE], sample: [{ line: "x", expect: "nothing" }] },
    "sample.0.expect",
    /"nothing"/,
  ],
  [
    { name: "f", rule: [RULE], sample: [{ line: "x", expect: { rule: "r", counts: -1 } }] },
    "sample.0.expect.counts",
    /-1/,
  ],
  [
    { name: "f", rule: [RULE], sample: [{ line: "x", expect: { rule: "r", ips: "x" } }] },
    "sample.0.expect.ips",
    /ips/,
  ],
];

test("a mistake is reported with its key", () => {
  for (const [table, key, got] of REFUSED) {
    const [problem, ...others] = problems(table);
    assert.ok(problem !== undefined, JSON.stringify(table));
    assert.deepEqual(others, [], JSON.stringify(table));
    assert.equal(problem.key, key, JSON.stringify(table));
    assert.match(problem.got, got, JSON.stringify(table));
    assert.notEqual(problem.expected, "");
  }
});

test("an address in an option, or in a rule about the same session, is enough", () => {
  for (const rules of [
    [{ ...RULE, line: "x{? from {ip}}" }],
    [{ ...RULE, line: "x {from {ip}|by {host}}" }],
    [
      { ...RULE, line: "x {user}" },
      { id: "begin", is: "pending", line: "connection from {ip}" },
    ],
  ])
    assert.ok(readFilter({ name: "f", rule: rules }, "f.toml").ok, JSON.stringify(rules));
});

test("a filter that bailiff import writes has a [python] table in place of rules", () => {
  const read = readFilter({ name: "f", python: { failregex: ["x <HOST>"] } }, "f.toml");
  assert.deepEqual(read.ok && read.value.python, {
    failregex: ["x <HOST>"],
    ignoreregex: [],
    prefregex: undefined,
    datepattern: [],
    maxlines: 1,
    usedns: "no",
    logtimezone: undefined,
  });
});

test("a file that extends a filter adds rules and samples, and nothing else", () => {
  const overlay = { extends: "sshd", rule: [{ ...RULE, line: "x" }] };
  const read = readOverlay({ ...overlay, sample: [{ line: "y", expect: "none" }] }, "o.toml");
  assert.ok(read.ok);
  assert.deepEqual(
    [read.value.extends, read.value.rules.map(({ id }) => id), read.value.samples.length],
    ["sshd", ["r"], 1],
  );
  for (const [table, key, got, hint] of [
    [{ ...overlay, programs: ["x"] }, "programs", /unknown key/, /^remove it: a file with extends/],
    [{ ...overlay, color: 1 }, "color", /unknown key/, /^$/],
    [{ ...overlay, rule: [] }, "rule", /an empty list/, /^$/],
    [{ ...overlay, rule: [{ ...RULE, regex: "x" }] }, "rule.0", /line and regex/, /^write a/],
  ] as const) {
    const refused = readOverlay(table, "o.toml");
    assert.ok(!refused.ok);
    const [problem, ...others] = refused.error;
    assert.deepEqual([problem?.key, others], [key, []]);
    assert.match(problem?.got ?? "", got);
    assert.match(problem?.hint ?? "", hint);
  }
});

test("all mistakes are reported together", () => {
  assert.deepEqual(
    problems({ name: "F", extra: 1, rule: [{ id: "r", is: "x", line: "y" }] })
      .map(({ key }) => key)
      .toSorted((a = "", b = "") => a.localeCompare(b)),
    ["extra", "name", "rule.0.is"],
  );
  assert.deepEqual(
    problems({ name: "f", rule: [{ id: "z", is: "failure" }, RULE, RULE] }).map(({ key }) => key),
    ["rule.0", "rule.2.id"],
  );
});

test("a hint suggests what was probably meant, in terms of the file", () => {
  const said = (more: object, rule: object = {}): string =>
    problems({ name: "f", rule: [{ ...RULE, ...rule }], ...more })
      .map(({ got, expected, hint = "" }) => `${got}; ${expected}; ${hint}`)
      .join(" & ");
  for (const [text, wanted] of [
    [said({ program: ["x"] }), /a valid key; write programs = /],
    [said({ progams: ["x"] }), /did you mean "programs"/],
    [said({ failregex: ["x"] }), /\[\[rule\]\] tables/],
    [said({}, { lines: "x" }), /did you mean "line"/],
    [said({}, { cuonts: "each" }), /did you mean "counts"/],
    [said({}, { is: "failed" }), /"failed".*did you mean "failure"/],
    [said({}, { mode: "agressive" }), /did you mean "aggressive"/],
    [said({ canary: "htp" }), /did you mean "(?:http|ftp)"/],
    [said({ programs: "sshd" }), /"sshd"; a list of texts, as in programs/],
    [said({ files: [1] }), /1; an absolute path/],
    [said({}, { json: "x" }), /fields with a pattern each/],
    [said({ rule: "x" }), /tables \[\[rule\]\]/],
    [said({ sample: [{ line: "x", expect: { rul: "r" } }] }), /did you mean "rule"/],
    [
      said({}, { 7: "x" }),
      /unknown key "7"; one of id, is, mode, .*json, logfmt, csv, cef, w3c, sd, absent, before; $/,
    ],
    [said({ rule: [], python: { failregex: "x" } }), /a list of texts, as in failregex/],
    [said({ rule: [], python: { failregex: ["x"], usedns: "yse" } }), /did you mean "yes"/],
    [said({ rule: [], python: { failregx: ["x"] } }), /did you mean "failregex"/],
  ] as const) {
    assert.match(text, wanted);
    assert.doesNotMatch(text, /Array|Object|undefined|Expected|never|strict/, text);
  }
});

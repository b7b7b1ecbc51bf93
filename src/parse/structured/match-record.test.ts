import assert from "node:assert/strict";
import test from "node:test";
import v8 from "node:v8";
import type { RecordRecognizer } from "../../domain/filter-definition.ts";
import type { RecordRule } from "../filter/compiled-rule.ts";
import { compileFilter } from "../filter/compile-filter.ts";
import { RecordLine, type RecordMatch } from "./match-record.ts";
import { createEffort, RULES_EFFORT } from "../expression/search-effort.ts";

const RECORD = {
  kind: "record",
  format: "json",
  absent: [],
  before: undefined,
  columns: [],
} as const;

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

type Extra = Partial<Pick<RecordRecognizer, "absent" | "before" | "format" | "columns">> & {
  readonly time?: string;
};

function match(
  fields: Readonly<Record<string, string>>,
  line: string,
  { time, format = "json", ...extra }: Extra = {},
): RecordMatch | undefined {
  const compiled = compileFilter(
    {
      name: "f",
      path: "f.toml",
      description: "",
      programs: [],
      journal: [],
      files: [],
      ports: [],
      samples: [],
      ...(time === undefined ? {} : { time_field: time, columns: extra.columns ?? [] }),
      rules: [
        {
          id: "r",
          is: "failure",
          mode: "normal",
          counting: "each",
          closes: false,
          login: "password",
          recognize: {
            ...RECORD,
            ...extra,
            format,
            fields: Object.entries(fields).map(([key, pattern]) => ({
              key,
              pattern,
            })),
          },
        },
      ],
    },
    "normal",
  );
  const rule = compiled.ok ? compiled.value.recordRules[0] : undefined;
  assert.ok(rule !== undefined);
  return new RecordLine(line, format, createEffort(RULES_EFFORT)).match(rule);
}

const ADDRESS: RecordMatch = {
  peer: "192.0.2.1",
  user: undefined,
  repeated: 1,
  connection: undefined,
  times: [],
};

test("values are found by dotted path, also under keys that contain dots", () => {
  assert.deepEqual(match({ "a.b": "{ip}" }, '{"a": {"b": "192.0.2.1"}}'), ADDRESS);
  assert.deepEqual(match({ "a.b": "{ip}" }, '{"a.b": "192.0.2.1"}'), ADDRESS);
  assert.deepEqual(match({ "a.b.c": "{ip}" }, '{"a": {"b.c": "192.0.2.1"}}'), ADDRESS);
  assert.deepEqual(match({ "a.0": "{ip}" }, '{"a": ["192.0.2.1"]}'), ADDRESS);
});

test("a value of several lines is one text, without blanks around it", () => {
  const line = JSON.stringify({ msg: " failed\nfrom 192.0.2.1 \n" });
  assert.deepEqual(match({ msg: "failed from {ip}" }, line), ADDRESS);
});

test("numbers and booleans are matched as text, every field must match, the first address and user count", () => {
  const line =
    '{"ip": "192.0.2.1", "peer": "192.0.2.2", "n": 3, "ok": false, "who": "al", "also": "bo"}';
  assert.deepEqual(
    match(
      { peer: "{server:ip}", ip: "{ip}", ok: "false", n: "{count}", who: "{user}", also: "{user}" },
      line,
    ),
    {
      peer: "192.0.2.1",
      user: "al",
      repeated: 3,
      connection: undefined,
      times: [],
    },
  );
  assert.equal(match({ ip: "{ip}", ok: "true" }, line), undefined);
});

test("an address takes precedence over a host name as the peer, at any position", () => {
  const line = '{"ip": "192.0.2.1", "name": "a.example", "none": ""}';
  assert.equal(match({ name: "{host}", ip: "{ip}" }, line)?.peer, "192.0.2.1");
  assert.equal(match({ ip: "{ip}", name: "{host}" }, line)?.peer, "192.0.2.1");
  assert.equal(match({ name: "{host}", none: "{*}" }, line)?.peer, "a.example");
});

test("a field may be missing, in several places, in a list, or in a text", () => {
  const line = '{"ips": ["x", "192.0.2.1"], "none": null, "log": "{\\"user\\":\\"al\\"}"}';
  assert.equal(match({ "client|ips.*": "{ip}" }, line)?.peer, "192.0.2.1");
  assert.equal(match({ "ips.1": "{ip}", "who?": "{user}" }, line)?.user, undefined);
  assert.equal(match({ "ips.1": "{ip}", "log{}.user?": "{user}" }, line)?.user, "al");
  assert.equal(match({ "ips.1": "{ip}", "none?": "x" }, line)?.peer, "192.0.2.1");
  assert.equal(match({ "ips.1": "{ip}", none: "{*}" }, line), undefined);
  // Present, and something else.
  assert.equal(match({ "ips.1": "{ip}", "log?": "x" }, line), undefined);
  assert.equal(match({ "ips.1": "{ip}", "ips?": "{*}" }, line), undefined);
  assert.equal(match({ "ips.*": "{ip}" }, '{"ips": []}'), undefined);
  assert.equal(match({ "log{}.ip": "{ip}" }, '{"log": "{\\"ip\\": \\"192.0.2.1"}'), undefined);
});

test("keys that must be absent", () => {
  const absent = { absent: ["error", "a.b|c"] };
  for (const line of [
    '{"ip": "192.0.2.1"}',
    '{"ip": "192.0.2.1", "error": null}',
    '{"ip": "192.0.2.1", "a": {"c": 1}}',
  ])
    assert.deepEqual(match({ ip: "{ip}" }, line, absent), ADDRESS);
  for (const line of [
    '{"ip": "192.0.2.1", "error": {}}',
    '{"ip": "192.0.2.1", "error": false}',
    '{"ip": "192.0.2.1", "c": ""}',
  ])
    assert.equal(match({ ip: "{ip}" }, line, absent), undefined);
});

test("an object behind a text, with the rule's pattern for it", () => {
  const before = { before: "[{level}] {user:word}: " };
  const line = '[warn] al: {"ip": "192.0.2.1"}';
  assert.deepEqual(match({ ip: "{ip}" }, line, before), { ...ADDRESS, user: "al" });
  assert.equal(match({ ip: "{ip}" }, line), undefined);
  assert.equal(match({ ip: "{ip}" }, `x ${line}`, before), undefined);
  assert.equal(match({ ip: "{ip}" }, '{"ip": "192.0.2.1"}', before), undefined);
  assert.deepEqual(match({ ip: "{ip}" }, '@cee: {"ip": "192.0.2.1"}'), ADDRESS);
  // Two objects are none, and a client's brace begins one that is never closed.
  for (const text of [
    '{"ip": "192.0.2.1"}{"ip": "192.0.2.2"}',
    '{"ip": "192.0.2.1"} {"ip": "192.0.2.2"}',
    '{"ip": "192.0.2.1"} x',
  ])
    assert.equal(match({ ip: "{ip}" }, text), undefined, text);
  assert.equal(
    match({ ip: "{ip}" }, '[warn] {"ip":"192.0.2.9"}: {"ip": "192.0.2.1"}', before),
    undefined,
  );
});

test("the field that the filter names has the time, and no other", () => {
  const line = '{"ip": "192.0.2.1", "time": "5", "event": {"at": "7"}}';
  assert.deepEqual(match({ ip: "{ip}" }, line, { time: "event.at" })?.times, ["7"]);
  assert.deepEqual(match({ ip: "{ip}" }, line, { time: "event.none" })?.times, []);
  assert.deepEqual(match({ ip: "{ip}", time: "{time}" }, line, { time: "at|event.at" })?.times, [
    "5",
    "7",
  ]);
});

test("rules for logfmt, CSV and CEF", () => {
  const logfmt = { format: "logfmt" } as const;
  const pairs = 'level=warn msg="login failed" client.ip=192.0.2.1';
  assert.deepEqual(match({ msg: "login failed", "client.ip": "{ip}" }, pairs, logfmt), ADDRESS);
  assert.equal(match({ "client.ip": "{ip}" }, `${pairs} client.ip=192.0.2.2`, logfmt), undefined);
  assert.equal(match({ "client.ip": "{ip}" }, `${pairs} x="`, logfmt), undefined);
  const absent = { ...logfmt, absent: ["level"] };
  assert.equal(match({ "client.ip": "{ip}" }, `${pairs} level=x`, absent), undefined);

  const csv = { format: "csv" } as const;
  const columns = ["when", "user", "address"];
  const row = '2026-11-28 09:19:59,"al, bo",192.0.2.1';
  assert.deepEqual(match({ "3": "{ip}" }, row, csv), { ...ADDRESS, head: "2026-11-28 09:19:59" });
  const named = { ...csv, columns, time: "when" };
  assert.deepEqual(match({ address: "{ip}", user: "{user}" }, row, named), {
    ...ADDRESS,
    user: "al, bo",
    times: ["2026-11-28 09:19:59"],
  });
  assert.equal(match({ address: "{ip}" }, `${row},x`, named), undefined);

  const cef = { format: "cef" } as const;
  const event = "CEF:0|v|p|1|42|Login failed|5|src=192.0.2.1 suser=al";
  assert.deepEqual(match({ id: "42", src: "{ip}", suser: "{user}" }, event, cef), {
    ...ADDRESS,
    user: "al",
  });
});

test("a missing field, or one that is not text, matches nothing", () => {
  for (const line of [
    "",
    "x",
    "[]",
    "null",
    "3",
    '{"a": null}',
    '{"a": {"b": {}}}',
    '{"a": {"b": null}}',
    '{"a": []}',
    "{}",
    '{"a": "text"}',
  ]) {
    assert.equal(match({ "a.b": "{*}" }, line), undefined, line);
  }
  assert.equal(match({ toString: "{*}" }, "{}"), undefined);
  assert.equal(match({ "a.toString": "{*}" }, '{"a": {}}'), undefined);
});

test("a value with line breaks is one line", () => {
  assert.deepEqual(
    match({ msg: "from {ip}{? {*}}" }, '{"msg": "from 192.0.2.1\\nfrom 198.51.100.1"}'),
    ADDRESS,
  );
  assert.equal(match({ msg: "from {ip}" }, '{"msg": "x\\nfrom 198.51.100.1"}'), undefined);
});

test("every field that may contain the time is listed, the rule's own first", () => {
  const line = `{"ip": "192.0.2.1", "date": "5", "time": 0.25, "when": "x", "@timestamp": {}, "ts": null}`;
  assert.deepEqual(match({ ip: "{ip}" }, line)?.times, ["0.25", "5", "5 0.25"]);
  assert.deepEqual(match({ ip: "{ip}", when: "{time}" }, line)?.times, [
    "x",
    "0.25",
    "5",
    "5 0.25",
  ]);
  const mongo = '{"ip": "192.0.2.1", "t": {"$date": "2026-11-28T09:19:59.123+01:00"}}';
  assert.deepEqual(match({ ip: "{ip}" }, mongo)?.times, ["2026-11-28T09:19:59.123+01:00"]);
});

/** Rules of one filter, each about the same field. */
function rulesOf(patterns: readonly string[]): readonly RecordRule[] {
  const compiled = compileFilter(
    {
      ...{ name: "f", path: "f.toml", description: "", programs: [], journal: [] },
      ...{ files: [], ports: [], samples: [] },
      rules: patterns.map((pattern, i) => ({
        ...{ id: `r${i}`, is: "failure", mode: "normal", counting: "each", closes: false },
        login: "password",
        recognize: { ...RECORD, fields: [{ key: "a.b", pattern }] },
      })),
    },
    "normal",
  );
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value.recordRules;
}

test("a value is read once, whatever the number of rules, and counted by its length", () => {
  const rules = rulesOf(
    Array.from({ length: 1000 }, (_, i) => `Login ${i} failed for {user} from {ip}`),
  );
  const length = 8000;
  const line = JSON.stringify({ a: { b: `${"\n".repeat(length)}x` } });
  const effort = createEffort(RULES_EFFORT);
  const parsed = new RecordLine(line, "json", effort);
  for (const rule of rules) assert.equal(parsed.match(rule), undefined);
  const cost = RULES_EFFORT - effort.left;
  assert.ok(cost > length / 32, `${cost} steps`);
  assert.ok(cost < length + 2 * rules.length, `${cost} steps`);
  assert.equal(effort.overLimit, 0);
});

test("V8 matches a few rules of a line, the matcher with counted steps the others", () => {
  let asked = 0;
  const rules = rulesOf(Array.from({ length: 200 }, (_, i) => `{*}@{*}@{*} ${i} from {ip}`)).map(
    (rule) => ({
      ...rule,
      fields: rule.fields.map((field) => {
        const expression = field.rule.expression();
        const spy = {
          lastIndex: 0,
          exec: (text: string) => {
            asked++;
            expression.lastIndex = 0;
            return expression.exec(text);
          },
        } as RegExp;
        return { ...field, rule: { ...field.rule, expression: () => spy } };
      }),
    }),
  );
  const effort = createEffort(RULES_EFFORT);
  const parsed = new RecordLine(
    JSON.stringify({ a: { b: `${"@".repeat(200)} 199 from 192.0.2.1` } }),
    "json",
    effort,
  );
  const peers = rules.map((rule) => parsed.match(rule)?.peer);
  assert.ok(asked > 0 && asked <= 32, `${asked} times`);
  assert.deepEqual(peers.filter(Boolean), ["192.0.2.1"]);
  assert.ok(effort.left < RULES_EFFORT);
});

test("an invalid count is one attempt", () => {
  for (const [written, repeated] of [
    ...([
      ["3", 3],
      ["0", 0],
      ["1e3", 1000],
      ["1e30", 100_000],
      ["123456789012", 100_000],
    ] as const),
    ...([
      ["3.5", 1],
      ["-2", 1],
      ["1e400", 1],
      ["1e-9", 1],
    ] as const),
  ] as const) {
    const found = match({ n: "{count}", ip: "{ip}" }, `{"n": ${written}, "ip": "192.0.2.1"}`);
    assert.deepEqual(found, { ...ADDRESS, repeated }, written);
  }
  assert.equal(match({ n: "{count}", ip: "{ip}" }, '{"n": "x", "ip": "192.0.2.1"}'), undefined);
  assert.equal(match({ n: "{port}", ip: "{ip}" }, '{"n": 3.5, "ip": "192.0.2.1"}'), undefined);
});

test("a key that one object has twice matches nothing if the rule reads it", () => {
  const own = '{"msg":"denied","client":{"ip":"192.0.2.7"}';
  const rule = { msg: "denied", "client.ip": "{ip}" };
  assert.equal(match(rule, `${own}}`)?.peer, "192.0.2.7");
  assert.equal(match(rule, `${own},"level":1,"level":2}`)?.peer, "192.0.2.7");
  assert.equal(match(rule, `${own},"client":{"ip":"203.0.113.66"}}`), undefined);
  assert.equal(match(rule, `${own},"\\u0063lient":{"ip":"203.0.113.66"}}`), undefined);
  assert.equal(match(rule, `${own},"client.ip":"203.0.113.66"}`), undefined);
  assert.equal(
    match(rule, '{"msg":"denied","client.ip":"192.0.2.7","client.ip":"203.0.113.66"}'),
    undefined,
  );
  const isRefused = { absent: ["user"] };
  assert.equal(match(rule, `${own},"user":null}`, isRefused)?.peer, "192.0.2.7");
  assert.equal(match(rule, `${own},"user":"a","user":null}`, isRefused), undefined);
  const inner = JSON.stringify('{"ip":"192.0.2.7","ip":"203.0.113.66"}');
  assert.equal(match({ "text{}.ip": "{ip}" }, `{"text":${inner}}`), undefined);
});

test("a key that another format has twice matches nothing if the rule reads it", () => {
  const sd = (more: string): string => `[a@1 user="x" ip="192.0.2.1"${more}] denied`;
  const cef = "CEF:0|v|p|1|42|denied|5|src=192.0.2.1 suser=x";
  const audit = "acct=x addr=192.0.2.1 res=failed";
  for (const [format, fields, line, more, other] of [
    [
      "logfmt",
      { res: "failed", addr: "{ip}" },
      audit,
      `${audit} addr=192.0.2.9`,
      `${audit} acct=y`,
    ],
    ["cef", { title: "denied", src: "{ip}" }, cef, `${cef} src=192.0.2.9`, `${cef} suser=y`],
    ["sd", { "a@1.ip": "{ip}" }, sd(""), sd(' ip="192.0.2.9"'), sd(' user="y"')],
  ] as const) {
    assert.equal(match(fields, line, { format })?.peer, "192.0.2.1", line);
    assert.equal(match(fields, other, { format })?.peer, "192.0.2.1", other);
    assert.equal(match(fields, more, { format }), undefined, more);
    const [key = ""] = Object.keys(fields).slice(-1);
    assert.equal(match({ [`${key}.*|${key}.0`]: "{ip}" }, more, { format }), undefined, more);
    assert.equal(match({ [`${key}?`]: "{ip}" }, more, { format }), undefined, more);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import { explainLine } from "../explain-line.ts";
import { readFilter } from "../read-filter.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine");

/** The first difference, as "FIELD: expected X, found Y"; "": none. */
function explain(table: object, line: string): string {
  const rule = { id: "denied", is: "failure", ...table };
  const read = readFilter({ name: "f", columns: COLUMNS, rule: [rule, CSV, W3C] }, "f.toml");
  assert.ok(read.ok, JSON.stringify(read));
  const [attempt] = explainLine(read.value, line, "shared");
  if (attempt === undefined || attempt.isMatch) return "";
  const { field = "", matched, expected, found } = attempt;
  return `${field}: ${matched === "" ? "" : `${matched}| `}expected ${expected}, found ${found}`;
}

const COLUMNS = ["date", "time", "c-ip"];
/** Rules that use the columns. */
const CSV = { id: "csv", is: "neutral", csv: { date: "never" } };
const W3C = { id: "w3c", is: "neutral", w3c: { date: "never" } };
const JSON_RULE = {
  json: { msg: "login of {user} denied", "client.ip": "{ip}" },
  absent: ["error"],
};

test("a JSON line: its form, then the first field that differs", () => {
  const line = (fields: object): string =>
    JSON.stringify({ msg: "login of a denied", client: { ip: "192.0.2.7" }, ...fields });
  for (const [text, found] of [
    [line({}), ""],
    ["login of a", ": expected a JSON object, found login of a"],
    [`app: ${line({})}`, ": expected the object at the beginning, found app: "],
    [line({ msg: "login of a ok" }), 'msg: login of a | expected "denied", found ok'],
    [line({ msg: ["x"] }), 'msg: expected "login of {user} denied", found a list'],
    [line({ msg: { a: 1 } }), 'msg: expected "login of {user} denied", found an object'],
    [
      line({ client: "x" }),
      'client.ip: expected "{ip}", found no such field; the line has msg, client',
    ],
    [
      line({ client: { ip: "192.0.2.700" } }),
      "client.ip: expected a valid address, found 192.0.2.700",
    ],
    [line({ error: 1 }), "error: expected no such field, found 1"],
    [
      `{"msg":1,${line({}).slice(1)}`,
      ": expected each key once in its object, found a key of the rule twice",
    ],
  ] as const)
    assert.equal(explain(JSON_RULE, text), found, text);
  assert.match(explain(JSON_RULE, line({}).slice(0, -1)), /^: expected valid JSON \(.*position/);
});

test("the text before a JSON object", () => {
  const rule = { ...JSON_RULE, before: "app[{pid:int}]: " };
  const object = '{"msg":"login of a denied","client":{"ip":"192.0.2.7"}}';
  assert.equal(explain(rule, `app[7]: ${object}`), "");
  assert.equal(explain(rule, `app[x]: ${object}`), 'before: app[| expected "{pid}]: ", found x]: ');
  assert.equal(
    explain(rule, object),
    `: expected "app[{pid:int}]: " before the object, found ${object}`,
  );
});

test("the number of values of a CSV line and of a W3C line, and quotes that are open", () => {
  const csv = { csv: { time: "denied", "c-ip": "{ip}" } };
  assert.equal(explain(csv, "a,denied,192.0.2.7"), "");
  assert.match(explain(csv, "a,denied"), /^: expected 3 values: date, time, c-ip, found 2 values$/);
  assert.match(explain(csv, 'a,"denied,192.0.2.7'), /each quote directly behind a comma/);
  assert.match(explain(csv, 'a, "denied",192.0.2.7'), /each quote directly behind a comma/);
  // A time in front is a value.
  const time = "2026-11-28 09:19:59";
  assert.equal(explain(csv, `${time},denied,192.0.2.7`), "");
  assert.match(explain(csv, `${time},"denied,192.0.2.7`), /, found 2026-11-28 09:19:59,"denied/);
  const w3c = { w3c: { time: "denied", "c-ip": "{ip}" } };
  assert.match(
    explain(w3c, "a denied 192.0.2.7 x"),
    /^: expected 3 values: date time c-ip, found 4 values$/,
  );
  assert.match(explain(w3c, `${time} denied 192.0.2.7`), /, found 4 values$/);
  assert.match(explain(w3c, 'a "denied 192.0.2.7 x'), /each quote closed/);
  assert.equal(explain(w3c, "a refused 192.0.2.7"), 'time: expected "denied", found refused');
});

test("the other forms", () => {
  for (const format of ["logfmt", "cef", "sd"])
    assert.match(
      explain({ [format]: { "a.b": "{ip}" } }, "free text"),
      /^: expected .*, found free text$/,
    );
  assert.equal(explain({ logfmt: { ip: "{ip}", "user?": "{user}" } }, "ip=192.0.2.7"), "");
  assert.equal(
    explain({ logfmt: { ip: "{ip}", msg: "no" } }, "ip=192.0.2.7 msg=yes"),
    'msg: expected "no", found yes',
  );
});

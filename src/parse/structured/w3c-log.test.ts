import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { NO_COLUMNS, readDirective, readW3cLine } from "./w3c-log.ts";

const columnsOf = (fields: string, date = "") =>
  [date, `#Fields: ${fields}`].reduce((columns, line) => readDirective(line, columns), NO_COLUMNS);
const read = (fields: string, line: string, date = ""): unknown =>
  JSON.parse(JSON.stringify(readW3cLine(line, columnsOf(fields, date)) ?? null));

test("values by the names of the directive; - is absent", () => {
  const line = "2026-11-28 09:19:50 203.0.113.9 - GET /a 401";
  assert.deepEqual(read("date time c-ip cs-username cs-method cs-uri-stem sc-status", line), {
    ...{ date: "2026-11-28", time: "09:19:50", "c-ip": "203.0.113.9" },
    ...{ "cs-method": "GET", "cs-uri-stem": "/a", "sc-status": "401" },
  });
  assert.deepEqual(read("c-ip\tcs(User-Agent)", "192.0.2.7\tMozilla/5.0+(X11)  "), {
    ...{ "c-ip": "192.0.2.7", "cs(User-Agent)": "Mozilla/5.0+(X11)" },
  });
  assert.equal(read("date time c-ip", "2026-11-28 09:19:50"), null);
  assert.equal(read("date time", "2026-11-28 09:19:50 203.0.113.9"), null);
});

test("quoted values, and quotes of clients where the service writes none", () => {
  const fields = "c-ip cs(User-Agent) sc-status";
  const agent = (text: string): unknown => read(fields, `192.0.2.7 ${text} 401`);
  const expected = (text: string): unknown => ({
    ...{ "c-ip": "192.0.2.7", "cs(User-Agent)": text, "sc-status": "401" },
  });
  assert.deepEqual(agent('"Mozilla 5.0 ""x"" y"'), expected('Mozilla 5.0 "x" y'));
  assert.deepEqual(agent('"-"'), expected("-"));
  assert.deepEqual(agent('"x'), expected('"x'));
  assert.deepEqual(agent('x"y'), expected('x"y'));
  assert.equal(agent('"x y" 200 192.0.2.8 "z"'), null);
  assert.equal(agent('"x y"z'), null);
  assert.equal(agent('"x y'), null);
});

test("the date of a directive, until midnight", () => {
  const date = "#Date: 2026-11-28 23:19:50";
  assert.deepEqual(read("time c-ip", "23:20:00 192.0.2.7", date), {
    ...{ date: "2026-11-28", time: "23:20:00", "c-ip": "192.0.2.7" },
  });
  assert.deepEqual(read("time c-ip", "00:20:00 192.0.2.7", date), {
    ...{ time: "00:20:00", "c-ip": "192.0.2.7" },
  });
});

test("no value of a column that occurs twice is believed", () => {
  assert.deepEqual(read("c-ip c-ip", "192.0.2.7 192.0.2.8"), {
    "c-ip": [],
  });
});

test("a directive changes the columns, and one that cannot be believed leaves none", () => {
  for (const fields of [
    "cs-username c-ip",
    "cs(User-Agent) c-ip",
    "x-user c-ip",
    "X-Forwarded-For c-ip",
    "",
    "192.0.2.7 401",
  ])
    assert.equal(columnsOf(fields).names, undefined, fields);
  assert.equal(columnsOf(`date ${"s-x ".repeat(200)}`).names, undefined);
  const known = columnsOf("c-ip cs-username");
  assert.deepEqual(readDirective("#Software: x", known), known);
  assert.deepEqual(readDirective("#Fields: time c-ip", known).names, ["time", "c-ip"]);
});

test("any line: no error, and each value is text of the line", () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom(" ", '"', '""', "\t", "-", "#", "192.0.2.7"));
  const columns = columnsOf("date time c-ip cs(User-Agent)");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const line = pieces.join("").replaceAll("\n", "");
      readDirective(line, columns);
      for (const value of Object.values(readW3cLine(line, columns) ?? {}))
        assert.ok(line.replaceAll('""', '"').includes(String(value).replaceAll('""', '"')));
    }),
    fuzzRuns(1000),
  );
});

test("a long line takes linear time", () => {
  const columns = columnsOf("date time c-ip");
  const hostile = ['"', '""', ' "', '"a" ', "\t", "x "].map((text) => text.repeat(8000));
  const started = process.cpuUsage();
  for (const line of hostile) readW3cLine(line.slice(0, 16_384), columns);
  const { user } = process.cpuUsage(started);
  assert.ok(user < 1_000_000, `${user} µs`);
});

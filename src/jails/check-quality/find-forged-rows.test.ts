import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "smol-toml";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import type { ReadQuotes } from "../../domain/record-start.ts";
import { enableLinearRegex } from "../../host/linear-regex.ts";
import { compileFilter, type Filter } from "../../parse/filter/compile-filter.ts";
import { readFilter } from "../../parse/filter/read-filter.ts";
import { readQuotes } from "../../parse/structured/csv-quotes.ts";
import { findForgedRows } from "./find-forged-rows.ts";

enableLinearRegex();

function read(columns: string): { readonly definition: FilterDefinition; readonly filter: Filter } {
  const text = `name = "gate"
programs = ["gate"]
time_field = "time"
columns = [${columns}]
[[rule]]
id = "denied"
is = "failure"
csv = { event = "denied", account = "{user}", address = "{ip}" }
[[sample]]
line = '${columns.replaceAll('"', "").replace("time", "2026-11-28T09:19:59Z").replace("event", "denied").replace("account", "alice").replace("address", "192.0.2.7").replace("agent", "curl").replaceAll(", ", ",")}'
expect = { rule = "denied", ip = "192.0.2.7", user = "alice" }
`;
  const definition = readFilter(parse(text), "gate.toml");
  assert.ok(definition.ok, JSON.stringify(definition));
  const filter = compileFilter(definition.value, "normal");
  assert.ok(filter.ok, JSON.stringify(filter));
  return { definition: definition.value, filter: filter.value };
}

const COLUMNS = '"time", "event", "account", "address", "agent"';

/** Finds forged rows with another reader of quotes. */
function foundWith(
  quotes: ReadQuotes,
  samples: "its samples" | "none" = "its samples",
): readonly string[] {
  const { definition: whole, filter } = read(COLUMNS);
  const definition = samples === "none" ? { ...whole, samples: [] } : whole;
  assert.ok(filter.begins?.quotes !== undefined);
  const weak = { ...filter, begins: { ...filter.begins, quotes } };
  return findForgedRows(definition, weak).map(({ got }) => got);
}

test("no row behind a line break in a value is believed", () => {
  for (const columns of [COLUMNS, '"event", "time", "agent", "account", "address"']) {
    const { definition, filter } = read(columns);
    assert.deepEqual(findForgedRows(definition, filter), []);
  }
});

test("a row that is believed within quotes is found, in columns that no rule reads too", () => {
  const claim = "failure of 203.0.113.9 by rule";
  const [all] = foundWith((line) => readQuotes(line, "closed"));
  assert.equal(all, `a row within quotes that is believed, in column account: ${claim} "denied"`);
  assert.equal(foundWith((line) => readQuotes(line, "closed"), "none")[0], all);
  // The account is in the third column.
  const inAgent: ReadQuotes = (line, before) =>
    /^([^,]*,){4}"/.test(line) ? { after: "closed", isRow: true } : readQuotes(line, before);
  assert.match(foundWith(inAgent)[0] ?? "", /in column agent: /);
});

test("a value that looks like a header of syslog or of a container hides no row", () => {
  for (const head of [/ b: $/, /app\[1\]: $/, / stdout F $/, /\{""log"":""x$/]) {
    const quotes: ReadQuotes = (line, before) =>
      before === "closed" && head.test(line)
        ? { after: "closed", isRow: true }
        : readQuotes(line, before);
    assert.equal(foundWith(quotes).length, 1, String(head));
  }
});

test("a filter for rows of a syslog daemon is refused if a client may choose their first value", () => {
  const of = (keys: string, csv: string): string => {
    const rule = `[[rule]]\nid = "a"\nis = "failure"\ncsv = ${csv}\n`;
    const definition = readFilter(parse(`name = "gate"\n${keys}\n${rule}`), "gate.toml");
    assert.ok(definition.ok, JSON.stringify(definition));
    const filter = compileFilter(definition.value, "normal");
    return filter.ok ? "accepted" : filter.error.map(({ key, hint }) => `${key}: ${hint}`).join();
  };
  const programs = 'programs = ["gate"]';
  const columns = 'columns = ["account", "address"]';
  const csv = '{ 2 = "{ip}" }';
  for (const [keys, rule] of [
    [programs, csv],
    [programs, '{ 1 = "{user}", 2 = "{ip}" }'],
    [programs, '{ 1 = "{name:word}", 2 = "{ip}" }'],
    [programs, '{ 1 = "denied {*}", 2 = "{ip}" }'],
    [`${programs}\n${columns}\ntime_field = "address"`, csv],
  ] as const)
    assert.match(of(keys, rule), /^programs: remove programs if no syslog/, `${keys} ${rule}`);
  for (const [keys, rule] of [
    ["", csv],
    [`${programs}\nescapes_line_breaks = true`, csv],
    [`${programs}\ntime_field = "1"`, csv],
    [`${programs}\n${columns}\ntime_field = "account"`, csv],
    [`${programs}\n${columns}\ncolumns_by_name = true`, '{ address = "{ip}" }'],
    [programs, '{ 1 = "{denied|refused}", 2 = "{ip}" }'],
    [programs, '{ 1 = 42, 2 = "{ip}" }'],
    [programs, '{ 1 = "{ip}" }'],
  ] as const)
    assert.equal(of(keys, rule), "accepted", `${keys} ${rule}`);
});

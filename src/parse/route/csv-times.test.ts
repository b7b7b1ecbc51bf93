/** Where the time of a CSV line is found if the filter does not name its column. */
import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import { parse } from "smol-toml";
import { instant } from "../../domain/instant.ts";
import { compileFilter } from "../filter/compile-filter.ts";
import { readFilter } from "../filter/read-filter.ts";
import { createLineRouter } from "./line-router.ts";
import { sampleBatch } from "./sample-batch.ts";

v8.setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");
v8.setFlagsFromString("--enable-experimental-regexp-engine");

const NOW = instant(Date.parse("2026-11-28T12:00:00Z"));
const TIME = "2026-11-28T09:19:59.000Z";

/** Returns the time that is read in a line; undefined: none. `rules`: each as the table in `csv`. */
function timeOf(keys: string, rules: readonly string[], line: string): string | undefined {
  const tables = rules.map((csv, i) => `[[rule]]\nid = "r${i}"\nis = "failure"\ncsv = ${csv}\n`);
  const text = `name = "gate"\nescapes_line_breaks = true\n${keys}\n${tables.join("")}`;
  const definition = readFilter(parse(text), "gate.toml");
  assert.ok(definition.ok, JSON.stringify(definition));
  const filter = compileFilter(definition.value, "normal");
  assert.ok(filter.ok, JSON.stringify(filter));
  const found: (string | undefined)[] = [];
  const router = createLineRouter([{ filter: filter.value, accepts: undefined }], () => 0);
  router.route(sampleBatch([line], [filter.value]), NOW, {
    matched: (_entry, { at, isTimed }) =>
      void found.push(isTimed ? new Date(at).toISOString() : undefined),
    unrecognized() {},
  });
  assert.equal(found.length, 1, `${line} is recognized`);
  return found[0];
}

const LAST = '{ 3 = "{ip}" }';

test("the first value is the time, in any form that is read at the head of a line", () => {
  for (const head of [
    "2026-11-28T09:19:59Z",
    '"2026-11-28 09:19:59"',
    "28/Nov/2026:09:19:59 +0000",
    "1795857599",
  ])
    assert.equal(timeOf("", [LAST], `${head},denied,192.0.2.7`), TIME, head);
  const stated = 'time_format = "%d.%m.%y %H.%M.%S"\ntime_zone = "+01:00"';
  assert.equal(timeOf(stated, [LAST], "28.11.26 10.19.59,denied,192.0.2.7"), TIME);
  const named = 'columns = ["when", "event", "address"]';
  assert.equal(timeOf(named, [LAST], `${TIME},denied,192.0.2.7`), TIME);
});

test("columns with the usual names come before the first value", () => {
  const columns = 'columns = ["id", "ts", "address"]';
  assert.equal(timeOf(columns, [LAST], `2026-11-01T00:00:00Z,${TIME},192.0.2.7`), TIME);
  const pair = 'columns = ["date", "time", "address"]';
  assert.equal(timeOf(pair, [LAST], "2026-11-28,09:19:59,192.0.2.7"), TIME);
});

test("other first values are no time", () => {
  for (const head of ["7", "1000000103", "192.0.2.1", "", "x"])
    assert.equal(timeOf("", [LAST], `${head},denied,192.0.2.7`), undefined, head);
  // Another rule reads a client's text there.
  assert.equal(
    timeOf("", [LAST, '{ 1 = "{user}", 2 = "x", 3 = "{ip}" }'], `${TIME},denied,192.0.2.7`),
    undefined,
  );
  assert.equal(timeOf('time_field = "2"', [LAST], `${TIME},denied,192.0.2.7`), undefined);
});

test("the time of a syslog daemon comes before the first value", () => {
  const line = "2026-11-28T09:19:59Z host gate[1]: 2026-11-01T00:00:00Z,denied,192.0.2.7";
  assert.equal(timeOf('programs = ["gate"]', [LAST], line), TIME);
});

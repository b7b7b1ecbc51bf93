import assert from "node:assert/strict";
import { test } from "node:test";
import { CsvHeaders, readAsNamedCsv } from "./csv-header-lines.ts";
import { explainColumns } from "./unknown-columns.ts";

const STATED = ["event", "address"];
const ROW = "denied,192.0.2.7";

test("each file has its own header, or that of the file before it", () => {
  const headers = new CsvHeaders();
  const read = (content: object, text: string): string | undefined =>
    readAsNamedCsv(text, headers, { content }, STATED);
  const [old, next, emptied] = [{}, {}, {}];
  assert.equal(read(old, "event,address"), "");
  assert.equal(read(next, "address,event"), "");
  assert.equal(read(old, ROW), `${ROW}\n`);
  assert.equal(read(next, "192.0.2.8,denied"), "denied,192.0.2.8\n");
  assert.equal(read(emptied, "192.0.2.9,denied"), "denied,192.0.2.9\n");
});

test("a line of names that has none of the expected ones is a header only as the first line", () => {
  const headers = new CsvHeaders();
  const read = (content: object, text: string): string | undefined =>
    readAsNamedCsv(text, headers, { content }, STATED);
  const [first, second] = [{}, {}];
  assert.equal(read(first, "event,address"), "");
  assert.equal(read(first, "server,started"), "server,started\n");
  assert.equal(read(first, ROW), `${ROW}\n`);
  assert.equal(read(second, "what,peer"), "");
  assert.equal(read(second, ROW), undefined);
});

test("why no row is read is said once for each header", () => {
  const headers = new CsvHeaders();
  const read = (text: string): string | undefined => {
    readAsNamedCsv(text, headers, {}, STATED);
    const unknown = headers.takeUnknown();
    return unknown && explainColumns(unknown);
  };
  assert.equal(
    read(ROW),
    "no line before its rows names the columns (1 GiB before them is searched)",
  );
  assert.equal(read(ROW), undefined);
  const many = Array.from({ length: 30 }, (_, i) => `column${i}`);
  assert.equal(
    read(`event,${many.join(",")}`),
    `its last header lacks address: event, ${many.slice(0, 19).join(", ")}, …`,
  );
  assert.equal(read(ROW), undefined);
  assert.equal(read("event,address"), undefined);
});

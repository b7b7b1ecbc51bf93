import assert from "node:assert/strict";
import { test } from "node:test";
import { readByHeader, readCsvHeader } from "./csv-header.ts";

const STATED = ["time", "account", "address"];

test("a line is written again with the stated columns, in their order", () => {
  const header = readCsvHeader("address, account ,note,time", STATED);
  assert.ok(header !== undefined);
  assert.equal(readByHeader('192.0.2.7,"al,""ice",,09:19', header), '09:19,"al,""ice",192.0.2.7');
  assert.equal(readByHeader("192.0.2.7,alice,09:19", header), undefined);
  assert.equal(readByHeader("192.0.2.7,alice,,09:19,x", header), undefined);
  assert.equal(readByHeader('192.0.2.7,"alice,,09:19', header), undefined);
});

test("a first line is a header only if it has each stated column once", () => {
  for (const line of [
    "time,account,note",
    "time,account,address,address",
    "time,account",
    "09:19,account,address",
    "time",
    "",
  ])
    assert.equal(readCsvHeader(line, STATED), undefined, line);
  assert.equal(readCsvHeader("\ufefftime,account,address", STATED)?.line, "time,account,address");
});

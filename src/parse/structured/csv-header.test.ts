import assert from "node:assert/strict";
import { test } from "node:test";
import { readByHeader, readCsvHeader } from "./csv-header.ts";

const STATED = ["time", "account", "address"];

test("a line is written again with the stated columns, in their order", () => {
  const header = readCsvHeader("address, account ,note,time", STATED, undefined);
  assert.ok(header !== undefined);
  assert.equal(readByHeader('192.0.2.7,"al,""ice",,09:19', header), '09:19,"al,""ice",192.0.2.7');
  assert.equal(readByHeader("192.0.2.7,alice,09:19", header), undefined);
  assert.equal(readByHeader("192.0.2.7,alice,,09:19,x", header), undefined);
  assert.equal(readByHeader('192.0.2.7,"alice,,09:19', header), undefined);
});

test("a header has only names, none twice", () => {
  for (const line of [
    "time,account,address,address",
    "time,account,,address",
    "09:19,account,address,time",
    "2026-11-28,account,address,time",
    "Nov 28 09:19:59,account,address,time",
    "time,account,address,192.0.2.7",
    "time,account,address,fe80::7",
    "time,account,address,-",
    "time",
    "",
  ])
    assert.equal(readCsvHeader(line, STATED, undefined), undefined, line);
  const line = "time,account,address,cs(User-Agent),Zeit bis \u00dcbergabe,x509";
  assert.equal(readCsvHeader(`\ufeff${line}`, STATED, undefined)?.line, line);
});

test("a header without a stated column says so, and no row is read by it", () => {
  const header = readCsvHeader("time,user,address", STATED, ["address"]);
  assert.deepEqual(header?.missing, ["account"]);
  assert.equal(readByHeader("09:19,alice,192.0.2.7", header), undefined);
  assert.equal(readCsvHeader("when,user,client", STATED, STATED), undefined);
  assert.deepEqual(readCsvHeader("when,user,client", STATED, undefined)?.missing, STATED);
});

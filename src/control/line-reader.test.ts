import assert from "node:assert/strict";
import test from "node:test";
import { createLineReader } from "./line-reader.ts";

test("the bound applies to each line, for any number of lines and any chunks", () => {
  for (const step of [1, 3, 7, 100]) {
    const reader = createLineReader(10);
    const sent = Buffer.from("0123456789\n\nüüüüü\n".repeat(20));
    const lines: string[] = [];
    for (let at = 0; at < sent.length; at += step) {
      const read = reader.push(sent.subarray(at, at + step));
      assert.ok(read !== undefined, `${step} bytes at a time, after ${lines.length} lines`);
      lines.push(...read);
    }
    assert.deepEqual(lines.slice(0, 4), ["0123456789", "", "üüüüü", "0123456789"]);
    assert.equal(lines.length, 60);
    assert.equal(reader.unfinished(), false);
  }
});

test("a line over the bound, complete or not, and text that is not UTF-8 are refused", () => {
  for (const sent of ["01234567890\n", "01234567890", "ok\n01234567890"])
    assert.equal(createLineReader(10).push(Buffer.from(sent)), undefined, sent);
  const reader = createLineReader(10);
  assert.deepEqual(reader.push(Buffer.from("ok\n012345")), ["ok"]);
  assert.equal(reader.unfinished(), true);
  assert.equal(reader.push(Buffer.from("67890")), undefined);
  assert.equal(createLineReader(10).push(Buffer.from([0x61, 0xff, 0x0a])), undefined);
});

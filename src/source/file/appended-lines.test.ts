import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createAppendedLines } from "./appended-lines.ts";

test("only complete lines that were appended between two calls are read", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-appended-${process.pid}-`));
  const log = join(folder, "a.log");
  const look = createAppendedLines();
  const read = (): string =>
    look
      .since([join(folder, "*.log")])
      .map((appended) => appended.read())
      .join("|");
  try {
    assert.equal(read(), "");
    writeFileSync(log, "old\n");
    assert.equal(read(), "", "what was there before is not new");
    assert.equal(read(), "");
    appendFileSync(log, "one\ntwo\nhalf");
    assert.equal(read(), "one\ntwo\n");
    assert.equal(read(), "");
    renameSync(log, join(folder, "a.log.1"));
    writeFileSync(log, "again\n");
    assert.equal(read(), "again\n", "a replaced file is new from its beginning");
    writeFileSync(log, "x\n");
    assert.equal(read(), "x\n", "and so is an emptied one");
    appendFileSync(log, `${"y".repeat(99)}\n`.repeat(2000));
    assert.ok(read().length <= 65_536, "of very much only the end is read");
    rmSync(log);
    assert.equal(read(), "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { journalActivity } from "./journal-activity.ts";

test("the age of the journal is that of its newest active file", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-activity-${process.pid}-`));
  const machine = join(folder, "0123456789abcdef0123456789abcdef");
  const write = (name: string, seconds: number): void => {
    writeFileSync(join(machine, name), "");
    utimesSync(join(machine, name), seconds, seconds);
  };
  try {
    assert.deepEqual(journalActivity(folder), { changedAt: undefined, denied: undefined });
    mkdirSync(machine);
    write("system@0123-4567.journal", 900);
    assert.equal(journalActivity(folder).changedAt, undefined, "archived files rest");
    write("system.journal", 100);
    write("user-1000.journal", 200);
    assert.equal(journalActivity(folder).changedAt, 200_000);
    assert.equal(journalActivity(machine).changedAt, 200_000, "or the folder itself is named");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

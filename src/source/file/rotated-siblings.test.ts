import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { rotatedSiblings, siblingsOfEach } from "./rotated-siblings.ts";

test("for many logs of a folder together, the result is that of each log alone", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-siblings-${process.pid}-`));
  const names = [
    "a.log",
    "a.log.1",
    "a.log.2.gz",
    "a-1.log",
    "a-1.log.1",
    "b-20261123.log",
    "b.log",
  ];
  try {
    for (const [age, name] of names.entries()) {
      writeFileSync(join(folder, name), name);
      utimesSync(join(folder, name), 2000 - age, 2000 - age);
    }
    const logs = ["a.log", "a-1.log", "b.log", "missing.log"].map((name) => join(folder, name));
    const together = siblingsOfEach(logs);
    for (const log of logs) assert.deepEqual(together.get(log) ?? [], rotatedSiblings(log), log);
    // "a-1.log" is a separate log and, by its name, maybe also a rotated "a.log".
    const of = (log: string): readonly string[] =>
      (together.get(join(folder, log)) ?? []).map(({ path }) => basename(path));
    assert.deepEqual(of("a.log"), ["a-1.log", "a.log.2.gz", "a.log.1"]);
    assert.deepEqual(of("a-1.log"), ["a-1.log.1"]);
    assert.deepEqual(of("b.log"), ["b-20261123.log"]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

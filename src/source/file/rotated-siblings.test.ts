import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
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

test("a name beside a log that leads nowhere hides no rotated file", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-siblings-${process.pid}-`));
  const log = join(folder, "a.log");
  try {
    writeFileSync(`${log}.1`, "rotated");
    symlinkSync("a.log.9", `${log}.9`);
    symlinkSync("x".repeat(300), `${log}.8`);
    symlinkSync("a.log.1/below", `${log}.7`);
    symlinkSync("missing", `${log}.6`);
    assert.deepEqual(
      rotatedSiblings(log).map(({ path }) => path),
      [`${log}.1`],
    );
    symlinkSync("a.log", log);
    assert.equal(rotatedSiblings(log).length, 1, "the log itself is a loop");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the rotated files of a log that is read through links are found at its own path", () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-siblings-${process.pid}-`));
  const at = (name: string): string => join(folder, name);
  try {
    mkdirSync(at("real"));
    for (const name of ["real/a.log.1", "real/a.log.2.gz", "b.log.1"]) writeFileSync(at(name), "");
    symlinkSync("real", at("folder"));
    symlinkSync("folder/a.log", at("a.log"));
    symlinkSync("a.log", at("b.log"));
    const of = (log: string): readonly string[] =>
      rotatedSiblings(at(log)).map(({ path }) => path.slice(folder.length + 1));
    const rotated = ["folder/a.log.1", "folder/a.log.2.gz"];
    // Also while no log is at the path, between two rotations.
    for (const text of [undefined, "text"]) {
      if (text !== undefined) writeFileSync(at("real/a.log"), text);
      assert.deepEqual(of("a.log").toSorted(), rotated);
      assert.deepEqual(of("folder/a.log").toSorted(), rotated);
      assert.deepEqual(of("b.log").toSorted(), ["b.log.1", ...rotated]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findProgram } from "./find-program.ts";
import { findRunningPrograms, namespacesOf, seesOtherPrograms } from "./running-programs.ts";

/** Runs a copy of sleep(1) under another name during `work`. */
async function whileRunning(name: string, work: (pid: number) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-programs-"));
  const sleep = findProgram("sleep");
  assert.ok(sleep !== undefined);
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(sleep, path);
  const child = spawn(path, ["60"]);
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    work(child.pid ?? 0);
  } finally {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true });
  }
}

test("a program is found by its name, with its namespaces", async () => {
  const name = `b${process.pid}-d`;
  await whileRunning(name, (pid) => {
    const expected = { pid, program: name, ...namespacesOf("self") };
    assert.deepEqual(findRunningPrograms(["no-such-program", name]), [expected]);
    assert.match(expected.netNamespace ?? "", /^net:\[\d+\]$/);
  });
});

test("a name longer than the kernel keeps is not mistaken for one with the same prefix", async () => {
  const stem = `b${process.pid}-long-name-`.slice(0, 15);
  await whileRunning(`${stem}-of-one`, (pid) => {
    assert.deepEqual(findRunningPrograms([`${stem}-of-two`]), []);
    assert.deepEqual(
      findRunningPrograms([`${stem}-of-one`]).map((found) => found.pid),
      [pid],
    );
  });
});

test("the last part of a name with a slash counts", async () => {
  const name = `b${process.pid}-s`;
  await whileRunning(name, (pid) => {
    const [found] = findRunningPrograms([`postfix/${name}`]);
    assert.deepEqual([found?.pid, found?.program], [pid, `postfix/${name}`]);
  });
});

test("a program is distinguished from another one of its name by the folder of its executable", async () => {
  const name = `b${process.pid}-t`;
  const names = ["door/*/".concat(name), `door/${name}`, name];
  const foundAs = async (path: string): Promise<readonly string[]> => {
    let found: readonly string[] = [];
    await whileRunning(path, () => {
      found = findRunningPrograms(names).map(({ program }) => program);
    });
    return found;
  };
  assert.deepEqual(await foundAs(`gate/${name}`), [name]);
  assert.match((await foundAs(`door/${name}`)).join(), /^door\//);
});

test("other programs are visible", () => {
  assert.equal(seesOtherPrograms(), true);
});

/** The file of a running dashboard, as other users and a kill may leave it. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readRunning, writeRunning } from "./runtime-file.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-running-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));
const RUNNING = { url: "http://127.0.0.1:8470", key: "k".repeat(43), pid: process.pid };

test("the file exists while the dashboard runs", () => {
  const directory = join(folder, "run");
  {
    using _file = writeRunning(directory, RUNNING);
    assert.deepEqual(readRunning(directory), RUNNING);
  }
  assert.throws(() => readRunning(directory), { code: "web-not-running" });
});

test("a file that a killed dashboard left leads nobody to its port", () => {
  const { pid } = spawnSync("true");
  using _file = writeRunning(join(folder, "killed"), { ...RUNNING, pid });
  assert.throws(() => readRunning(join(folder, "killed")), {
    code: "web-not-running",
    message: /process \d+, which wrote \S+web\.json, has ended$/,
  });
});

test("a directory that others may change is neither written nor read", () => {
  const directory = join(folder, "open");
  using _file = writeRunning(directory, RUNNING);
  chmodSync(directory, 0o777);
  assert.throws(() => readRunning(directory), { message: /other users may change/ });
  assert.throws(() => writeRunning(directory, RUNNING), { code: "web-misconfigured" });
  const link = join(folder, "link");
  symlinkSync(join(folder, "run"), link);
  assert.throws(() => writeRunning(link, RUNNING), { message: /is not a directory/ });
});

test("a link, a pipe and a long file in its place are refused", () => {
  const directory = join(folder, "replaced");
  writeRunning(directory, RUNNING)[Symbol.dispose]();
  const path = join(directory, "web.json");
  writeFileSync(join(folder, "secret"), JSON.stringify(RUNNING));
  symlinkSync(join(folder, "secret"), path);
  assert.throws(() => readRunning(directory), { code: "permission-denied" });
  rmSync(path);
  execFileSync("mkfifo", [path]);
  assert.throws(() => readRunning(directory), { message: /not a short file/ });
  rmSync(path);
  writeFileSync(path, JSON.stringify(RUNNING).padEnd(5000));
  assert.throws(() => readRunning(directory), { message: /not a short file/ });
});

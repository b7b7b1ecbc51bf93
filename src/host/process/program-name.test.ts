import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nameProcess } from "./name-process.ts";
import { programName } from "./program-name.ts";

function start(t: TestContext, ...argv: readonly string[]): ReturnType<typeof spawn> {
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

test("a Node program is named after its script, not after Node's options", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-name-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const script = join(folder, "shop.mjs");
  writeFileSync(script, "console.log(1); setInterval(() => {}, 1000);");
  const child = start(t, process.execPath, "--no-warnings", "--import", "node:fs", script, "x");
  assert.ok(child.stdout !== null && child.pid !== undefined);
  await once(child.stdout, "data");
  assert.equal(programName(child.pid), "shop.mjs");
});

test("any other program has the kernel's name, and an ended one has none", async (t) => {
  const child = start(t, "/bin/sh", "-c", "echo 1; read x < /dev/zero; exec sleep 60");
  assert.ok(child.stdout !== null && child.pid !== undefined);
  await once(child.stdout, "data");
  assert.equal(programName(child.pid), "sh");
  assert.equal(programName(2 ** 22 + 1), undefined);
});

test("a process can set its name, and keeps its arguments", () => {
  nameProcess("bailiff-test");
  assert.equal(programName(process.pid), "bailiff-test");
});

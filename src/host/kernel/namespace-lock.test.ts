import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { acquireNamespaceLock } from "./namespace-lock.ts";

const NAME = `bailiff-test ${process.pid}`;

function acquire(name: string, text: string, file?: string) {
  return acquireNamespaceLock({ name, text, file });
}

test("the lock has one owner, whose name others get; it is free again after release", async () => {
  const first = await acquire(NAME, "state /var/lib/one");
  assert.ok(first.ok);
  const second = await acquire(NAME, "state /var/lib/two");
  assert.ok(!second.ok);
  assert.deepEqual(second.error, { pid: process.pid, text: "state /var/lib/one" });
  const other = await acquire(`${NAME} other`, "");
  assert.ok(other.ok, "another name is another lock");
  other.value.release();
  first.value.release();
  const third = await acquire(NAME, "");
  assert.ok(third.ok);
  third.value.release();
});

test("of several processes that start together, at most one gets the lock", async () => {
  const name = `${NAME} race`;
  const all = await Promise.all(["a", "b", "c", "d"].map((one) => acquire(name, one)));
  const winners = all.flatMap((one) => (one.ok ? [one.value] : []));
  assert.ok(winners.length <= 1, `${winners.length}`);
  for (const winner of winners) winner.release();
});

test("a killed owner leaves no lock behind", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "namespace-lock.ts"));
  const name = `${NAME} killed`;
  const script = `import { acquireNamespaceLock } from ${module};
const name = ${JSON.stringify(name)};
await acquireNamespaceLock({ name, text: "a child", file: undefined });
console.log("ready");
setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  await once(child.stdout, "data");
  const refused = await acquire(name, "");
  assert.deepEqual(refused.ok ? undefined : refused.error, { pid: child.pid, text: "a child" });
  child.kill("SIGKILL");
  await once(child, "exit");
  const taken = await acquire(name, "");
  assert.ok(taken.ok);
  taken.value.release();
});

test("the file decides even when no socket shows an owner, and reports its owner", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-lock-"));
  const file = join(folder, "file");
  writeFileSync(file, "");
  try {
    const first = await acquire(`${NAME} one`, "", file);
    assert.ok(first.ok);
    const second = await acquire(`${NAME} two`, "", file);
    assert.deepEqual(second.ok ? undefined : second.error, { pid: process.pid, text: "" });
    first.value.release();
    const third = await acquire(`${NAME} two`, "", file);
    assert.ok(third.ok);
    third.value.release();
    const missing = await acquire(`${NAME} three`, "", join(folder, "missing"));
    assert.ok(missing.ok, "without the file the sockets decide alone");
    missing.value.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an owner found by its socket leaves the file free", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-lock-"));
  const file = join(folder, "file");
  writeFileSync(file, "");
  try {
    const first = await acquire(`${NAME} container`, "in a container");
    assert.ok(first.ok);
    const second = await acquire(`${NAME} container`, "", file);
    assert.equal(second.ok ? undefined : second.error.text, "in a container");
    first.value.release();
    const third = await acquire(`${NAME} container`, "", file);
    assert.ok(third.ok);
    third.value.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

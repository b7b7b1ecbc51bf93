import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { acquireNamespaceLock } from "./namespace-lock.ts";

const NAME = `bailiff-test ${process.pid}`;

test("one owner at a time, who is named to the others; free again once it is released", async () => {
  const first = await acquireNamespaceLock(NAME, "state /var/lib/one");
  assert.ok(first.ok);
  const second = await acquireNamespaceLock(NAME, "state /var/lib/two");
  assert.ok(!second.ok);
  assert.deepEqual(second.error, { pid: process.pid, text: "state /var/lib/one" });
  const other = await acquireNamespaceLock(`${NAME} other`, "");
  assert.ok(other.ok, "another name is another lock");
  other.value.release();
  first.value.release();
  const third = await acquireNamespaceLock(NAME, "");
  assert.ok(third.ok);
  third.value.release();
});

test("of several that start at once at most one gets it", async () => {
  const name = `${NAME} race`;
  const all = await Promise.all(["a", "b", "c", "d"].map((one) => acquireNamespaceLock(name, one)));
  const winners = all.flatMap((one) => (one.ok ? [one.value] : []));
  assert.ok(winners.length <= 1, `${winners.length}`);
  for (const winner of winners) winner.release();
});

test("an owner that is killed leaves nothing behind", async () => {
  const module = JSON.stringify(join(import.meta.dirname, "namespace-lock.ts"));
  const name = `${NAME} killed`;
  const script = `import { acquireNamespaceLock } from ${module};
await acquireNamespaceLock(${JSON.stringify(name)}, "a child");
console.log("ready");
setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  await once(child.stdout, "data");
  const refused = await acquireNamespaceLock(name, "");
  assert.deepEqual(refused.ok ? undefined : refused.error, { pid: child.pid, text: "a child" });
  child.kill("SIGKILL");
  await once(child, "exit");
  const taken = await acquireNamespaceLock(name, "");
  assert.ok(taken.ok);
  taken.value.release();
});

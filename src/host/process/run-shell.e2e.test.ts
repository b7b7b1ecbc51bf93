/** Runs scripts in real shells: exit status, time-outs, process groups and background processes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAlive } from "./is-alive.fixture.ts";
import { runShell, type ShellEnd } from "./run-shell.ts";

function run(
  script: string,
  { timeout = 10_000, signal = new AbortController().signal } = {},
): Promise<ShellEnd> {
  const variables = { f2bV_x: "it's $(x)" };
  return runShell({ script, variables, timeoutMilliseconds: timeout, signal });
}

/** The process would live for a minute if it were not killed. */
async function endsSoon(pid: number): Promise<boolean> {
  for (let i = 0; i < 1500 && isAlive(pid); i++) await new Promise((r) => setTimeout(r, 20));
  return !isAlive(pid);
}

test("the exit status and output of a script are returned", async () => {
  const good = await run('echo "$f2bV_x"');
  assert.deepEqual(good, {
    ok: true,
    code: 0,
    how: "exit code 0",
    timedOut: false,
    output: "it's $(x)",
    error: "",
  });
  const bad = await run("echo no >&2; exit 3");
  assert.deepEqual([bad.ok, bad.how, bad.error], [false, "exit code 3", "no"]);
  assert.equal((await run("kill -9 $$")).how, "signal SIGKILL");
  assert.equal((await run("if")).ok, false);
});

test("output is read to its end, and kept up to a bound", async () => {
  const end = await run("head -c 3000000 /dev/zero | tr '\\0' x; echo err >&2");
  assert.ok(end.ok);
  assert.equal(end.output.length, 4096);
  assert.equal(end.error, "err");
});

test("on time-out the whole group is killed, including processes that ignore SIGTERM", async () => {
  const script = "trap '' TERM; sleep 60 & echo $!; (trap '' TERM; echo $$; sleep 60)";
  let pids: readonly number[] = [];
  // On a slow machine, one of these limits still leaves time to start.
  for (const timeout of [300, 3000, 30_000]) {
    const end = await run(script, { timeout });
    assert.equal(end.timedOut, true);
    assert.equal(end.ok, false);
    assert.equal(end.how, `took longer than ${timeout / 1000} s and was stopped`);
    pids = end.output.split("\n").filter(Boolean).map(Number);
    if (pids.length === 2) break;
  }
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.ok(await endsSoon(pid), `${pid} is gone`);
});

test("an abort ends the script, and an abort before the start prevents it", async () => {
  const stop = new AbortController();
  const running = run("sleep 60", { signal: stop.signal });
  setTimeout(() => stop.abort(), 100);
  assert.equal((await running).how, "signal SIGTERM");
  assert.equal((await run("echo x", { signal: stop.signal })).output, "");
});

test("a background process of a script delays nothing and keeps running", async () => {
  const end = await run("sleep 60 & echo $!");
  assert.ok(end.ok);
  const pid = Number(end.output);
  assert.ok(isAlive(pid), "it was not waited for");
  process.kill(pid, "SIGKILL");
});

test("a script that is too long is refused with a reason", async () => {
  const end = await run(`: ${"x".repeat(300_000)}`);
  assert.match(end.how, /argument list too long/);
});

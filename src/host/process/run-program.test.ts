import assert from "node:assert/strict";
import test from "node:test";
import { runProgram } from "./run-program.ts";

const ENDS = [
  ["echo done", { ok: true, output: "done\n", error: "", hasTimedOut: false }],
  [
    "echo ' no such table' >&2; exit 1",
    { ok: false, output: "", error: "no such table", hasTimedOut: false },
  ],
  ["echo >&2; exit 3", { ok: false, output: "", error: "exit code 3", hasTimedOut: false }],
] as const;

test("a program that takes too long is stopped, and its end names the limit and what it wrote", async () => {
  const run = { input: "", timeoutMilliseconds: 100 };
  const late = "took longer than 0.1 s and was stopped";
  const silent = await runProgram({ ...run, argv: ["/bin/sh", "-c", "exec sleep 60"] });
  assert.deepEqual(silent, { ok: false, output: "", error: late, hasTimedOut: true });
  const script = "echo waiting for a lock >&2; exec sleep 60";
  const wordy = await runProgram({ ...run, argv: ["/bin/sh", "-c", script] });
  assert.ok([late, `${late}: waiting for a lock`].includes(wordy.error), wordy.error);
});

test("a program that another process kills names the signal", async () => {
  const argv = ["/bin/sh", "-c", "kill -9 $$"];
  const end = await runProgram({ argv, input: "", timeoutMilliseconds: 20_000 });
  assert.deepEqual(end, { ok: false, output: "", error: "ended by SIGKILL", hasTimedOut: false });
});

for (const [script, end] of ENDS) {
  test(`the end of a program that runs: ${script}`, async () => {
    const argv = ["/bin/sh", "-c", script];
    assert.deepEqual(await runProgram({ argv, input: "", timeoutMilliseconds: 20_000 }), end);
  });
}

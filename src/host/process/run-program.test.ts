import assert from "node:assert/strict";
import test from "node:test";
import { runProgram } from "./run-program.ts";

const ENDS = [
  ["echo done", { ok: true, output: "done\n", error: "" }],
  ["echo ' no such table' >&2; exit 1", { ok: false, output: "", error: "no such table" }],
  ["echo >&2; exit 3", { ok: false, output: "", error: "exit code 3" }],
] as const;

for (const [script, end] of ENDS) {
  test(`the end of a program that runs: ${script}`, async () => {
    const argv = ["/bin/sh", "-c", script];
    assert.deepEqual(await runProgram({ argv, input: "", timeoutMilliseconds: 20_000 }), end);
  });
}

/** Every write to /dev/full fails, as on a full disk. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

const MAIN = join(import.meta.dirname, "main.ts");

function bailiff(command: string, output: { readonly stdout?: number; readonly stderr?: number }) {
  const { stdout = "pipe", stderr = "pipe" } = output;
  const input = "192.0.2.7 failed\n".repeat(10_000);
  return spawnSync(process.execPath, [MAIN, ...command.split(" ")], {
    stdio: ["pipe", stdout, stderr],
    input,
    encoding: "utf8",
  });
}

/** Help, a result, an error as JSON, a long list, and output of fail2ban's programs. */
const COMMANDS = [
  "--help",
  "check",
  "why nonsense --json",
  "scan --filter sshd --json -",
  "fail2ban-client --help",
];

test("output that cannot be written is one line of error and exit code 74", async (t) => {
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  for (const command of COMMANDS)
    await t.test(command, () => {
      const { stderr, status } = bailiff(command, { stdout: full });
      const expected = "bailiff: cannot write to standard output: no space left on device\n";
      assert.deepEqual([stderr, status], [expected, 74]);
    });
});

test("errors that cannot be written leave the exit code as it is", (t) => {
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  assert.equal(bailiff("why nonsense", { stderr: full }).status, 64);
});

test("a bundle that cannot be created names its path and the reason", () => {
  const { stderr, status } = bailiff("doctor --bundle /nope/x.json", {});
  assert.equal(
    stderr,
    "bailiff: cannot create /nope/x.json: the directory does not exist\n  specify a file in a directory that you may write to\n",
  );
  assert.equal(status, 73);
});

/** Runs several commands in one process for tests, because starting a process takes longer than most commands. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

export interface CommandEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

const MODULES = ["../host/linear-regex.ts", "./run-command.ts"].map(
  (path) => new URL(path, import.meta.url).href,
);

/** Does what main.ts does, for each command. */
const RUNNER = `
const [linearRegex, command, commands] = process.argv.slice(1);
(await import(linearRegex)).enableLinearRegex();
const { runCommand } = await import(command);
const print = process.stdout.write.bind(process.stdout);
let said = { stdout: "", stderr: "" };
for (const name of ["stdout", "stderr"]) {
  process[name].setMaxListeners(0);
  process[name].write = (text, ...more) => {
    said[name] += text;
    more.at(-1)?.();
    return true;
  };
}
const ends = [];
for (const argv of JSON.parse(commands)) {
  said = { stdout: "", stderr: "" };
  // Hints of errors repeat what was typed.
  process.argv = [process.execPath, command, ...argv];
  process.exitCode = undefined;
  await runCommand(argv, new Set());
  ends.push({ ...said, status: process.exitCode ?? 0 });
}
process.exitCode = 0;
print(JSON.stringify(ends));`;

/** Runs the commands; returns their results in order. */
export function runCommands(
  commands: readonly (readonly string[])[],
  env: Readonly<Record<string, string>> = {},
  user: { readonly uid?: number; readonly gid?: number } = {},
): readonly CommandEnd[] {
  const argv = ["--input-type=module", "-e", RUNNER, ...MODULES, JSON.stringify(commands)];
  const { stdout, stderr } = spawnSync(process.execPath, argv, {
    ...{ ...user, env: { ...process.env, ...env } },
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  const ends: readonly CommandEnd[] = JSON.parse(stdout);
  assert.equal(ends.length, commands.length, "no command ended the process");
  return ends;
}

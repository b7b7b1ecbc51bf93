/** Runs several commands in one process for tests, because starting a process takes longer than most commands. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

export interface CommandEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

const MAIN = new URL("./main.ts", import.meta.url).href;

/** Runs main.ts again for each command; its imports are loaded once. */
const RUNNER = `
const [main, commands] = process.argv.slice(1);
// Without this, commander parses the commands as arguments of -e.
process.execArgv = [];
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
for (const [n, argv] of JSON.parse(commands).entries()) {
  said = { stdout: "", stderr: "" };
  process.argv = [process.execPath, main, ...argv];
  process.exitCode = undefined;
  await import(main + "?" + n);
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
  const argv = ["--input-type=module", "-e", RUNNER, MAIN, JSON.stringify(commands)];
  const { stdout, stderr } = spawnSync(process.execPath, argv, {
    ...{ ...user, env: { ...process.env, ...env } },
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  const ends: readonly CommandEnd[] = JSON.parse(stdout);
  assert.equal(ends.length, commands.length, "no command ended the process");
  return ends;
}

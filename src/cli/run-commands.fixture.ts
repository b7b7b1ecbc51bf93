/**
 * Runs commands in a thread of the test's process, which keeps their code, because starting a process and loading the
 * code takes longer than most commands.
 */
import assert from "node:assert/strict";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

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
const { workerData } = require("node:worker_threads");
const { modules: [linearRegex, command], port, done } = workerData;
let said;
for (const name of ["stdout", "stderr"]) {
  process[name].setMaxListeners(0);
  process[name].write = (text, ...more) => {
    said[name] += text;
    more.at(-1)?.();
    return true;
  };
}
async function run({ commands, env }) {
  (await import(linearRegex)).enableLinearRegex();
  const { runCommand } = await import(command);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const ends = [];
  for (const argv of commands) {
    said = { stdout: "", stderr: "" };
    // Hints of errors repeat what was typed.
    process.argv = [process.execPath, command, ...argv];
    process.exitCode = undefined;
    await runCommand(argv, new Set());
    ends.push({ ...said, status: process.exitCode ?? 0 });
  }
  process.exitCode = 0;
  return ends;
}
port.on("message", async (message) => {
  port.postMessage(await run(message).catch((error) => String(error?.stack ?? error)));
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
});`;

/** Time limit of the commands of one call. */
const LIMIT_MS = 300_000;

type Runner = (commands: readonly (readonly string[])[], env: NodeJS.ProcessEnv) => unknown;

let runner: Runner | undefined;

function startRunner(): Runner {
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(RUNNER, {
    eval: true,
    workerData: { modules: MODULES, port: port2, done },
    transferList: [port2],
  });
  worker.unref();
  return (commands, env) => {
    Atomics.store(done, 0, 0);
    port1.postMessage({ commands, env });
    assert.notEqual(Atomics.wait(done, 0, 0, LIMIT_MS), "timed-out");
    return receiveMessageOnPort(port1)?.message;
  };
}

/** Runs the commands; returns their results in order. */
export function runCommands(
  commands: readonly (readonly string[])[],
  env: Readonly<Record<string, string>> = {},
): readonly CommandEnd[] {
  runner ??= startRunner();
  const ends = runner(commands, { ...process.env, ...env });
  assert.ok(Array.isArray(ends), String(ends));
  return ends;
}

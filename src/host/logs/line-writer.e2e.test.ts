import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { findLineWriter } from "./line-writer.ts";

const NAME = `writer${process.pid}`;
const PROGRAM = `process.title = "${NAME}"; setInterval(() => {}, 60_000); console.log(process.pid)`;

/** Runs a program of that name during `work`, which gets the process id that the program has in its namespace. */
async function whileRunning(
  through: readonly string[],
  work: (number: number) => void,
): Promise<void> {
  const argv = [...through, process.execPath, "-e", PROGRAM];
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  try {
    const [chunk] = await once(child.stdout, "data");
    work(Number(String(chunk)));
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

const line = (number: number): string => `Nov 23 12:00:00 host ${NAME}[${number}]: Failed`;

test("the writer of a line is found by the process id in it", async () => {
  await whileRunning([], (number) => {
    assert.deepEqual(findLineWriter(line(number), [NAME]), { pid: number, command: NAME });
    assert.equal(findLineWriter(line(number), ["another"]), undefined);
    assert.equal(findLineWriter(`host ${NAME}: no number`, [NAME]), undefined);
  });
});

test("a writer in another PID namespace is found by its id there", async () => {
  const boxed = ["/usr/bin/unshare", "--pid", "--fork", "--kill-child"];
  await whileRunning(boxed, (number) => {
    assert.equal(number, 1);
    const writer = findLineWriter(line(number), [NAME]);
    assert.equal(writer?.command, NAME);
    assert.notEqual(writer?.pid, 1);
  });
});

test("a writer that has ended is not found", async () => {
  let last = 0;
  await whileRunning([], (number) => {
    last = number;
  });
  assert.equal(findLineWriter(line(last), [NAME]), undefined);
});

/**
 * Runs the commands of a page in order in one terminal, and compares the output with the page. Every exception has a
 * reason, and is an error if the page no longer contains it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceOf, readSteps, type Step } from "../docs/page-steps.ts";
import type { Machine } from "./boot-systemd.ts";

export interface PageReplay {
  /** Path from the root of the repository. */
  readonly page: string;
  /** Shell that prepares the state at the beginning of the page. */
  readonly host?: string;
  /** Shell to run directly before a command, by the command as typed. */
  readonly before?: Readonly<Record<string, string>>;
  /** Command lines that are not run, each with the reason. */
  readonly untyped?: Readonly<Record<string, string>>;
  /** Beginnings of blocks that no command prints, each with the reason. */
  readonly unprinted?: Readonly<Record<string, string>>;
}

/** A terminal keeps its directory from one command to the next. */
const TERMINAL = `
exec 2>&1
cd "$(cat /run/replay-directory 2> /dev/null || echo /root)"
trap 'pwd > /run/replay-directory' EXIT
`;

/** Functions for `host` and `before`. until_true COMMAND...: waits up to a minute. */
const FUNCTIONS = `
until_true() {
  for try in $(seq 600); do
    if "$@" > /dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "not within a minute: $*"
  "$@"
}
`;

/** Registers one test for each command. `prelude`: further functions for `host` and `before`. */
export function replayPage(
  machine: () => Machine,
  { page, host = "", before = {}, untyped = {}, unprinted = {} }: PageReplay,
  prelude = "",
): void {
  const { steps, loose } = readSteps(page);
  const lines = steps.flatMap(({ commands }) => commands.split("\n").map(withoutComment));

  function prepare(script: string): void {
    const { code, output } = machine().run("sh", "-ec", TERMINAL + FUNCTIONS + prelude + script);
    assert.equal(code, 0, output.slice(-2000));
  }

  test(`${page}: every exception is still there`, () => {
    const excused = Object.keys(unprinted);
    const named = [...Object.keys(before), ...Object.keys(untyped)];
    assert.deepEqual(
      named.filter((line) => !lines.includes(line)),
      [],
    );
    const begins = (text: string): string => excused.find((key) => text.startsWith(key)) ?? text;
    assert.deepEqual(loose.map(({ text }) => begins(text)).toSorted(), excused.toSorted());
    if (host !== "") prepare(host);
  });

  for (const step of steps) {
    const typed = step.commands
      .split("\n")
      .filter((line) => !(withoutComment(line) in untyped))
      .join("\n");
    if (typed.trim() === "") continue;
    test(`${step.place}: ${typed.trim().split("\n").at(-1)}`, () => {
      for (const line of typed.split("\n").map(withoutComment))
        if (line in before) prepare(before[line] ?? "");
      type(machine(), { ...step, commands: typed });
    });
  }
}

function withoutComment(line: string): string {
  return line.replace(/\s+# .*$/, "").trim();
}

function type(machine: Machine, { commands, shown }: Step): void {
  const flags = shown === undefined ? "-ec" : "-c";
  const { code, output } = machine.run("sh", flags, TERMINAL + commands);
  if (shown === undefined) {
    assert.equal(code, 0, output.slice(-2000));
    return;
  }
  const difference = differenceOf(shown, output);
  if (difference !== undefined) assert.fail(`${difference}\n\nprinted:\n${output}`);
}

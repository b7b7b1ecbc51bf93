import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../domain/instant.ts";
import { createCommandTally } from "./command-tally.ts";

const FAILURE = { command: "close 192.0.2.1", reason: "exit code 127" };

test("a command counts as failing if it never succeeded, or failed three times in a row", () => {
  const tally = createCommandTally("close");
  const failing = (): readonly string[] =>
    tally.failing().map(({ action, command, failures }) => `${action} ${command} ${failures}`);
  const ban = (failure: typeof FAILURE | undefined): void =>
    tally.note("ban", failure, instant(1000));
  assert.deepEqual(failing(), []);
  ban(FAILURE);
  assert.deepEqual(failing(), ["close ban 1"]);
  ban(undefined);
  assert.deepEqual(failing(), []);
  ban(FAILURE);
  ban(FAILURE);
  assert.deepEqual(failing(), []);
  ban(FAILURE);
  // The success of one command does not count for another.
  tally.note("unban", undefined, instant(1000));
  assert.deepEqual(failing(), ["close ban 3"]);
  tally.note("unban", FAILURE, instant(1000));
  assert.deepEqual(failing(), ["close ban 3"]);
  ban(undefined);
  assert.deepEqual(failing(), []);
});

test("a ban that fails because of another command names that command", () => {
  const tally = createCommandTally("close");
  tally.note("ban", { command: "start", reason: "exit code 3" }, instant(1000));
  tally.note("unban", { command: "unban", reason: "exit code 1" }, instant(1000));
  assert.deepEqual(
    tally.failing().map(({ reason }) => reason),
    ["start failed: exit code 3", "exit code 1"],
  );
});

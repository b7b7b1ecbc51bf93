import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { readGateways, sharesNetwork } from "./network-of.ts";

test("the routes of a running program are read", () => {
  assert.notEqual(readGateways(process.pid), undefined);
  assert.equal(sharesNetwork(process.pid), true);
});

/** Prints the process id of an ended child, and never asks for its end. Built-in commands only: others would ask. */
const KEEP_ENDED = `true & pid=$!
while read -r stat </proc/$pid/stat; do case $stat in *") Z "*) break ;; esac; done
echo $pid
exec sleep 60`;

test("an ended program has unknown gateways, and not none", async () => {
  const parent = spawn("sh", ["-c", KEEP_ENDED]);
  try {
    const [text] = await once(parent.stdout, "data");
    const pid = Number(String(text));
    assert.equal(readGateways(pid), undefined);
    assert.equal(sharesNetwork(pid), undefined);
  } finally {
    const ended = once(parent, "exit");
    parent.kill("SIGKILL");
    await ended;
  }
});

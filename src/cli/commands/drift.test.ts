import assert from "node:assert/strict";
import { test } from "node:test";
import type { DriftReply } from "../../control/drift-messages.ts";
import { openTerminal } from "../terminal.ts";
import { describeDrift } from "./drift.ts";

function screen(change: Partial<DriftReply>): string {
  const counts = { lines: 83, unrecognized: 0, skipped: 0, evicted: 0 };
  const reply = { filter: "sshd", jails: ["sshd"], ...counts, usual: null, change: null };
  const terminal = { ...openTerminal(), width: 200 };
  return describeDrift(
    [{ ...reply, directories: [], shapes: [], shapes_not_listed: 0, ...change }],
    {
      terminal,
      all: false,
    },
  );
}

test("an empty list claims no more than the counted lines prove", () => {
  assert.match(screen({}), /^sshd: 100% of the last 83 lines recognized\n {2}Every line is/);
  const added = screen({ unrecognized: 0.84 });
  assert.match(added, /^sshd: 16% of the last 83 lines recognized\n/);
  assert.doesNotMatch(added, /Every line/);
  assert.match(added, /includes lines read before the last change of the rules/);
  assert.equal(screen({ lines: 0 }), "sshd: no line read yet");
  assert.equal(
    screen({ lines: 0, measured: false }),
    "sshd: not measured, because its expressions only say what a failure is",
  );
});

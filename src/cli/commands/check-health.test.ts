import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import type { StatusReply } from "../../control/status-messages.ts";
import { runCommands } from "../run-commands.fixture.ts";
import { judgeHealth } from "./check-health.ts";
import { STATES } from "./status.ts";

type Changes = { readonly [field in keyof StatusReply]?: unknown };

/** A status with a jail in each of these states, of which only what the check reads is set. */
function statusOf(states: readonly string[], changes: Changes = {}): StatusReply {
  const jails = states.map((state, i) => ({ name: `jail${i}`, state, reason: "reason" }));
  const rest = { suspected_compromises: [], left_out: [], banned_total: 3 };
  return { jails, ...rest, ...changes } as unknown as StatusReply;
}

const levelOf = (...states: readonly string[]): string => judgeHealth(statusOf(states)).level;

test("each state has its level, and the worst decides", () => {
  const levels = Object.fromEntries(STATES.map((state) => [state, levelOf(state)]));
  assert.deepEqual(levels, {
    ...{ protecting: "OK", observing: "OK", "actions-only": "OK" },
    ...{ starting: "WARNING", degraded: "WARNING", blind: "CRITICAL", toothless: "CRITICAL" },
  });
  assert.equal(levelOf("protecting", "degraded", "blind"), "CRITICAL");
  assert.equal(levelOf(), "CRITICAL");
});

test("a suspected compromise and jails that cannot run are found", () => {
  const suspected_compromises = [{ user: "alice", ip: "192.0.2.7" }];
  const compromised = judgeHealth(statusOf(["protecting"], { suspected_compromises }));
  assert.equal(compromised.level, "CRITICAL");
  assert.equal(compromised.text, "suspected compromise: login of alice from 192.0.2.7");
  for (const [kept, level] of [
    [true, "WARNING"],
    [false, "CRITICAL"],
  ] as const) {
    const left_out = [{ name: "sshd", kept, reasons: [] }];
    assert.equal(judgeHealth(statusOf(["protecting"], { left_out })).level, level);
  }
});

test("the line claims only what each jail does, and has figures", () => {
  const { text, figures } = judgeHealth(statusOf(["protecting", "observing", "observing"]));
  assert.equal(text, "1 jail protecting; 2 jails observing");
  assert.match(figures, /^protecting=1;;;0 observing=2;;;0 actions-only=0;;;0 .* bans=3;;;0$/);
});

test("without a daemon the check is critical", () => {
  const env = { BAILIFF_SOCKET: join(tmpdir(), `bailiff-no-${process.pid}.sock`) };
  const [end] = runCommands([["check-health"]], env);
  assert.match(end?.stdout ?? "", /^BAILIFF CRITICAL - [^|\n]+\n$/);
  assert.equal(end?.status, 2);
});

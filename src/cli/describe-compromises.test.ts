import assert from "node:assert/strict";
import { test } from "node:test";
import type { CompromiseReply } from "../control/campaign-messages.ts";
import { describeCompromises } from "./describe-compromises.ts";
import { openTerminal } from "./terminal.ts";

const TERMINAL = { ...openTerminal(), width: 200 };
const ALARM: CompromiseReply = {
  ...{ at: "2020-11-29T09:00:00.000Z", jail: "sshd", ip: "198.51.100.7", user: "bob" },
  ...{ reason: "it follows 1 failed attempt of a member of sshd-a", campaign: "sshd-a" },
  alarms_not_kept: 0,
};

test("without an alarm there is nothing to show", () => {
  assert.deepEqual(describeCompromises([], TERMINAL), []);
});

test("an alarm is one line with the commands to look and to acknowledge", () => {
  const lines = describeCompromises([ALARM], TERMINAL).join("").split("\n");
  assert.equal(lines.length, 3);
  assert.match(
    lines[0] ?? "",
    /^SUSPECTED COMPROMISE: Nov \d\d 2020 \d\d:00 login of bob from 198\.51\.100\.7 \(sshd\): it follows 1 failed attempt of a member of sshd-a$/,
  );
  assert.equal(lines[1], "  to look: bailiff why 198.51.100.7");
  assert.equal(lines[2], "  to acknowledge: bailiff campaigns --acknowledge 198.51.100.7");
});

test("of many alarms the first ten are shown, and names cannot control the terminal", () => {
  const alarms = Array.from({ length: 12 }, (_, i) => ({ ...ALARM, ip: `192.0.2.${i}` }));
  const screen = describeCompromises([{ ...ALARM, user: "\u001b[2J" }, ...alarms], TERMINAL).join(
    "",
  );
  assert.equal(screen.split("SUSPECTED COMPROMISE").length - 1, 10);
  assert.match(screen, /^ {2}and 3 older ones: --json lists all$/m);
  assert.match(screen, /^ {2}to look: bailiff why ADDRESS$/m);
  assert.match(screen, /^ {2}to acknowledge: bailiff campaigns --acknowledge ADDRESS\|all$/m);
  assert.ok(!screen.includes("\u001b[2J"));
});

test("alarms that are not kept are counted, and can only be acknowledged with all others", () => {
  const screen = describeCompromises([{ ...ALARM, alarms_not_kept: 7 }], TERMINAL).join("");
  assert.match(screen, /^ {2}and 7 more, only in the log \(compromise-suspected\)$/m);
  assert.match(screen, /--acknowledge ADDRESS\|all$/m);
});

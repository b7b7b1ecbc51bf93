import assert from "node:assert/strict";
import { test } from "node:test";
import type { CampaignReply } from "../../control/campaign-messages.ts";
import { openTerminal } from "../terminal.ts";
import { describeList, describeOne } from "./campaigns.ts";

const WIDE = { ...openTerminal(), width: 120 };

const SUMMARY: CampaignReply = {
  ...{ name: "sshd-2026-11-29-a", jail: "sshd", sources: 21, tries: 40 },
  ...{ began: "2026-11-29T09:00:00.000Z", found: "2026-11-29T09:10:00.000Z", ended: null },
  signs: ["30 addresses began to fail in 1 hour, usually 2"],
  suspected_compromises: [],
  banned: ["192.0.2.7"],
  banned_networks: ["192.0.2.0/24"],
  ...{ targets: [], members: [], growth: [] },
};

test("the list has one line for each campaign", () => {
  assert.equal(describeList([], 80), "No campaign in the last 30 days.");
  const [, line] = describeList([SUMMARY], 120).split("\n");
  assert.equal(
    line,
    "sshd-2026-11-29-a  2026-11-29T09:00:00.000Z  not yet  21         40        1",
  );
});

test("one campaign shows its accounts, its growth, its members with reasons, and how to undo its bans", () => {
  const members = Array.from({ length: 21 }, (_, i) => ({
    ...{ subject: `192.0.2.${i}`, tries: 2, reasons: ["others try the same account"] },
    ...{ first: "2026-11-29T09:00:00.000Z", last: "2026-11-29T09:05:00.000Z" },
  }));
  const growth = [{ hour: "2026-11-29T09:00:00.000Z", members: 21 }];
  const targets = [{ account: "root\u001b[2J", tries: 40 }];
  const screen = describeOne({ ...SUMMARY, members, growth, targets }, WIDE);
  assert.match(
    screen,
    /^sshd-2026-11-29-a: jail sshd, began 2026-11-29T09:00:00.000Z, has not ended$/m,
  );
  assert.match(screen, /^banned as networks: 192\.0\.2\.0\/24$/m);
  assert.match(screen, /^ {2}30 addresses began to fail in 1 hour, usually 2$/m);
  assert.match(screen, /^21 addresses with 40 attempts; 1 banned$/m);
  assert.match(screen, /^2026-11-29T09:00:00.000Z {2}21$/m);
  assert.match(screen, /^192\.0\.2\.3 .*others try the same account$/m);
  assert.match(screen, /^and 1 more: --json lists all$/m);
  assert.match(screen, /^Undo its bans: bailiff campaigns sshd-2026-11-29-a --unban$/m);
  // An account is text of an attacker.
  assert.ok(!screen.includes("\u001b"));
});

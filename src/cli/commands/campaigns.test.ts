import assert from "node:assert/strict";
import { test } from "node:test";
import type { CampaignReply } from "../../control/campaign-messages.ts";
import { openTerminal } from "../terminal.ts";
import { describeList, describeOne, describeKept } from "./campaigns.ts";

const WIDE = { ...openTerminal(), width: 120 };

const SUMMARY: CampaignReply = {
  ...{ name: "sshd-2026-11-29-a", jail: "sshd", sources: 21, tries: 40 },
  ...{ members_not_kept: 0, other_tries: 0, campaigns_not_kept: 0 },
  ...{ began: "2026-11-29T09:00:00.000Z", found: "2026-11-29T09:10:00.000Z", ended: null },
  last: "2026-11-29T09:30:00.000Z",
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

test("campaigns that are not kept are counted below the list", () => {
  const screen = describeList([{ ...SUMMARY, campaigns_not_kept: 3 }], 120);
  assert.match(screen, /^and 3 more in the last 30 days, which are not kept$/m);
});

test("each list of one campaign that is cut says how much more there is", () => {
  const [first, last] = ["2026-11-29T09:00:00.000Z", "2026-11-29T09:05:00.000Z"];
  const many = Array.from({ length: 64 }, (_, i) => i);
  const members = many.map((i) => ({
    ...{ subject: `192.0.2.${i}`, tries: 2, reasons: ["others try the same account"], first, last },
  }));
  const growth = many.map((i) => ({ hour: `hour ${i}`, members: 1 }));
  const targets = many.map((i) => ({ account: `user${i}`, tries: 2 }));
  const cut = { members_not_kept: 310, other_tries: 120 };
  const screen = describeOne({ ...SUMMARY, ...cut, members, growth, targets }, WIDE);
  const accounts = many.slice(0, 20).map((i) => `user${i} (2)`);
  const more = "and 44 more: --json lists all";
  assert.ok(
    screen.includes(
      `Accounts: ${accounts.join(", ")}\n${more}\nand 120 attempts for accounts not kept\n`,
    ),
  );
  assert.match(screen, /^hour 63 +1\nand 44 more: --json lists all$/m);
  assert.match(screen, /and 44 more: --json lists all\nand 310 that are only counted$/m);
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
  assert.deepEqual(describeKept([SUMMARY]), [
    "Still banned as networks: to lift them, bailiff unban 192.0.2.0/24",
  ]);
  assert.deepEqual(describeKept([{ ...SUMMARY, banned_networks: [] }]), []);
  // An account is text of an attacker.
  assert.ok(!screen.includes("\u001b"));
});

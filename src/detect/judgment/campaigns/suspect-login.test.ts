import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../../../domain/cidr.ts";
import { suspectLogin } from "./suspect-login.ts";
import type { Source } from "./source-table.ts";
import type { TiedCampaign } from "./tied-campaign.ts";
import { TieCounts } from "./tie-counts.ts";

const DAY = 86_400_000;
const AT = 20_000 * DAY;
const ACCOUNT = 77;
const subject = literalSubject("192.0.2.7");

/** Returns whether a member's login is suspicious after so many tries of these accounts. */
function isSuspicious(tries: number, names: readonly number[], endedAt?: number): boolean {
  const members = new Map([[subject, { tries }]]);
  const campaign = { name: "sshd-a", members, endedAt, names: new TieCounts(8) };
  const login = { subject, at: AT, names: [ACCOUNT], source: { names } as Source };
  return suspectLogin([campaign as unknown as TiedCampaign], login, 0) !== undefined;
}

test("a member that failed twice with the own account may be its user", () => {
  assert.equal(isSuspicious(2, [ACCOUNT]), false);
  assert.equal(isSuspicious(3, [ACCOUNT]), true);
  assert.equal(isSuspicious(2, [ACCOUNT, 78]), true);
});

test("members are suspicious until a day after the campaign", () => {
  assert.equal(isSuspicious(3, [ACCOUNT], AT - DAY), true);
  assert.equal(isSuspicious(3, [ACCOUNT], AT - DAY - 1), false);
});

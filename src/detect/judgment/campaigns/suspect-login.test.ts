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
function isSuspicious(
  tries: number,
  names: readonly number[],
  { endedAt, isNameless = false }: { endedAt?: number; isNameless?: boolean } = {},
): boolean {
  const members = new Map([[subject, { tries }]]);
  const campaign = { name: "sshd-a", members, endedAt, names: new TieCounts(8) };
  const own = isNameless ? undefined : [ACCOUNT];
  const login = { subject, at: AT, names: own, source: { names } as Source };
  return suspectLogin([campaign as unknown as TiedCampaign], login, 0) !== undefined;
}

test("a member that failed twice with the own account may be its user", () => {
  assert.equal(isSuspicious(2, [ACCOUNT]), false);
  assert.equal(isSuspicious(3, [ACCOUNT]), true);
  assert.equal(isSuspicious(2, [ACCOUNT, 78]), true);
});

test("where logins have no account, a member that failed twice with one account may be its user", () => {
  for (const names of [[], [ACCOUNT], [78]])
    assert.equal(isSuspicious(2, names, { isNameless: true }), false);
  assert.equal(isSuspicious(3, [ACCOUNT], { isNameless: true }), true);
  assert.equal(isSuspicious(2, [ACCOUNT, 78], { isNameless: true }), true);
});

test("members are suspicious until a day after the campaign", () => {
  assert.equal(isSuspicious(3, [ACCOUNT], { endedAt: AT - DAY }), true);
  assert.equal(isSuspicious(3, [ACCOUNT], { endedAt: AT - DAY - 1 }), false);
});

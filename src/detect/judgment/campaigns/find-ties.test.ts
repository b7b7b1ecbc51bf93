import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIp } from "../../../domain/ip.ts";
import type { SignKind } from "../campaign.ts";
import { failuresNeeded, findTies } from "./find-ties.ts";
import { createTies } from "./membership.ts";
import type { Source } from "./source-table.ts";
import type { TiedCampaign } from "./tied-campaign.ts";
import { TieCounts } from "./tie-counts.ts";

const NAME = 77;
const ip = parseIp("192.0.2.7") ?? assert.fail();

/** Returns the ties of a source that tries an account which `others` tried before. */
function tiesAfter(
  others: number,
  kind: SignKind,
  facts: { readonly isNewName?: boolean; readonly isKnown?: boolean } = {},
): readonly string[] {
  const names = new TieCounts(8);
  for (let n = 0; n < others; n++) names.add(NAME, 5);
  const campaign = { signs: [{ kind }], names, ...createTies() } as unknown as TiedCampaign;
  const source = { second: 10, previous: 0, gap: 0 } as Source;
  const { isNewName = true, isKnown = false } = facts;
  const tried = { source, ip, name: NAME, isNewName, isKnown, isUsers: isKnown };
  const nothing = { domainName: 0, isFresh: false, isUnknownUser: false };
  return findTies(campaign, { ...tried, ...nothing });
}

test("an account is shared with three others, apart from earlier tries of the source itself", () => {
  assert.deepEqual(tiesAfter(2, "new-sources"), []);
  assert.deepEqual(tiesAfter(3, "new-sources"), ["shared-name"]);
  assert.deepEqual(tiesAfter(3, "new-sources", { isNewName: false }), []);
  assert.deepEqual(tiesAfter(4, "new-sources", { isNewName: false }), ["shared-name"]);
});

test("a common name ties nobody unless there are more sources than usual, but a user's account does", () => {
  assert.deepEqual(tiesAfter(3, "new-names"), []);
  assert.deepEqual(tiesAfter(3, "new-names", { isKnown: true }), ["shared-name"]);
});

test("one failure is enough only for an account that does not exist", () => {
  const needed = [true, false].map((isUnknown) => failuresNeeded(["shared-name"], isUnknown));
  assert.deepEqual(needed, [1, 2]);
  assert.equal(failuresNeeded(["known-account"], true), undefined);
});

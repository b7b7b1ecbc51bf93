import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../domain/instant.ts";
import { parseJailName } from "../../../domain/jail-name.ts";
import { JailWatch } from "./jail-watch.ts";
import { beginCampaign } from "./membership.ts";
import { countMember, countTarget } from "./tied-campaign.ts";

const HOUR = 3_600_000;
const AT = instant(500_000 * HOUR);

function createCampaign(): ReturnType<typeof beginCampaign> {
  const jail = parseJailName("sshd");
  assert.ok(jail !== undefined);
  const counts = { count: 30, expected: 2, hours: 1, account: undefined };
  return beginCampaign(
    new JailWatch(jail, () => 1),
    { kind: "new-sources", at: AT, ...counts },
    AT,
  );
}

test("the most tried accounts are kept, and tries for the others are counted", () => {
  const campaign = createCampaign();
  for (let i = 0; i < 5; i++) countTarget(campaign, "root", 2);
  for (let i = 0; i < 300; i++) countTarget(campaign, `name${i}`, 1);
  const { targets, otherTries } = campaign;
  assert.ok(targets.size <= 64);
  assert.equal(targets.get("root"), 10);
  const kept = [...targets.values()].reduce((sum, tries) => sum + tries, 0);
  assert.equal(kept + otherTries, 310);
  assert.ok(otherTries >= 300 - 64);
});

test("the growth of a whole campaign is kept", () => {
  const campaign = createCampaign();
  for (let hour = 0; hour <= 7 * 24; hour++) countMember(campaign, AT + hour * HOUR);
  assert.equal(campaign.growth.size, 7 * 24 + 1);
});

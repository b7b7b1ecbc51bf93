/**
 * The figures of the detectors over a few generated weeks, through the main path; with `FUZZ_FACTOR=20` over those of
 * twenty seeds. `npm run bench -- --only campaigns` prints them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzCount } from "../fuzz-rounds.ts";
import {
  ATTACK_AT,
  backgroundOf,
  DAY_MS,
  merge,
  normalTraffic,
  slowSource,
  spray,
  wideCampaign,
} from "./generate-attempts.ts";
import { measureDetection } from "./measure-detection.ts";

test("a campaign of 5,000 sources with two tries each is found before 3% of its tries, and then stopped", async () => {
  for (let seed = 1; seed <= fuzzCount(1); seed++) {
    const attack = wideCampaign(seed + 100, ATTACK_AT);
    const found = await measureDetection(merge(backgroundOf(seed), attack));
    assert.ok((found.triesUntilFound ?? Infinity) < 300, `${found.triesUntilFound}`);
    assert.ok(found.stopped >= 0.9 * found.stoppable, `${found.stopped} of ${found.stoppable}`);
    assert.ok(found.stoppable > 4000);
    assert.deepEqual(found.wrongBans, []);
  }
});

test("300 accounts that 100 sources try once each are found within 30 tries", async () => {
  for (let seed = 1; seed <= fuzzCount(1); seed++) {
    const events = merge(backgroundOf(seed), spray(seed, ATTACK_AT));
    const found = await measureDetection(events);
    assert.ok((found.triesUntilFound ?? Infinity) <= 30, `${found.triesUntilFound}`);
    assert.deepEqual(found.wrongBans, []);
  }
});

test("a source that tries twice an hour is banned within a day", async () => {
  const { firstBanAt } = await measureDetection(slowSource(1, ATTACK_AT));
  assert.ok((firstBanAt ?? Infinity) - ATTACK_AT <= DAY_MS, `${firstBanAt}`);
});

test("thirty days with an office, a broken program, days of new passwords and noise have no campaign", async () => {
  for (let seed = 1; seed <= fuzzCount(1); seed++) {
    const found = await measureDetection(normalTraffic({ seed, days: 30, noise: 300 }));
    const { campaigns, alarms, wrongBans } = found;
    assert.deepEqual({ campaigns, alarms, wrongBans }, { campaigns: [], alarms: 0, wrongBans: [] });
  }
});

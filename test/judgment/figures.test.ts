/** The figures of the campaign detector over a few generated weeks; with `FUZZ_FACTOR=20` over those of twenty seeds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzCount } from "../fuzz-rounds.ts";
import { campaign, DAY_MS, merge, normalTraffic, START, spray } from "./generate-attempts.ts";
import { measureDetection } from "./measure-detection.ts";

const FROM = START + 7.4 * DAY_MS;
const BACKGROUND = { days: 8, noise: 300 };

test("a campaign of 5,000 sources with two tries each is found before 3% of its tries, and then stopped", () => {
  const shape = { from: FROM, length: DAY_MS / 4, sources: 5000, triesEach: 2 };
  for (let seed = 1; seed <= fuzzCount(1); seed++) {
    const attack = campaign({ seed: seed + 100, ...shape });
    const found = measureDetection(merge(normalTraffic({ seed, ...BACKGROUND }), attack));
    assert.ok((found.triesUntilFound ?? Infinity) < 300, `${found.triesUntilFound}`);
    assert.ok(found.stopped >= 0.9 * found.stoppable, `${found.stopped} of ${found.stoppable}`);
    assert.ok(found.stoppable > 4000);
    assert.equal(found.wrongBans, 0);
  }
});

test("300 accounts that 100 sources try once each are found within 30 tries", () => {
  for (let seed = 1; seed <= fuzzCount(1); seed++) {
    const events = merge(normalTraffic({ seed, ...BACKGROUND }), spray(seed, FROM));
    const found = measureDetection(events);
    assert.ok((found.triesUntilFound ?? Infinity) <= 30, `${found.triesUntilFound}`);
    assert.equal(found.wrongBans, 0);
  }
});

test("thirty days with an office, a broken program, days of new passwords and noise have no campaign", () => {
  for (let seed = 1; seed <= fuzzCount(1); seed++) {
    const { campaigns, alarms, wrongBans } = measureDetection(
      normalTraffic({ seed, days: 30, noise: 300 }),
    );
    assert.deepEqual(
      campaigns.map(({ name, signs }) => ({ name, signs })),
      [],
    );
    assert.equal(wrongBans, 0);
    assert.deepEqual(alarms, []);
  }
});

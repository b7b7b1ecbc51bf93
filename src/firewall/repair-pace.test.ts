import assert from "node:assert/strict";
import { test } from "node:test";
import { createRepairPace } from "./repair-pace.ts";

test("a hundred repairs in a minute are not delayed", () => {
  const pace = createRepairPace();
  for (let n = 0; n < 100; n++) {
    assert.equal(pace.wait(n * 600), 0);
    pace.spend(40, n * 600 + 40);
  }
});

test("a tight loop gets a tenth of the time", () => {
  for (const took of [5, 40, 300, 2000]) {
    const pace = createRepairPace();
    let now = 0;
    let busy = 0;
    let repairs = 0;
    const begin = 300_000;
    while (now < begin + 600_000) {
      now += pace.wait(now) + took;
      pace.spend(took, now);
      if (now < begin) continue;
      busy += took;
      repairs++;
    }
    assert.ok(busy / 600_000 <= 0.11, `${took}: ${busy} ms of 600,000`);
    assert.ok(repairs >= 20, "it continues to repair");
  }
});

test("after a pause repairs are free again, and no wait exceeds half a minute", () => {
  const pace = createRepairPace();
  pace.spend(1_000_000, 0);
  assert.equal(pace.wait(0), 30_000);
  assert.equal(pace.wait(100_000), 0);
});

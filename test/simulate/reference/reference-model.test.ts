import assert from "node:assert/strict";
import { test } from "node:test";
import { ATTACKER } from "./cases/case.ts";
import { COUNTING } from "./cases/counting.ts";
import { EXEMPTIONS } from "./cases/exemptions.ts";
import { KERNEL } from "./cases/kernel.ts";
import { LENGTHS } from "./cases/lengths.ts";
import { STATES } from "./cases/states.ts";
import { History, HOUR } from "./history.ts";
import { RULES } from "./rules.ts";

const GROUPS = { COUNTING, LENGTHS, EXEMPTIONS, KERNEL, STATES };
for (const [group, cases] of Object.entries(GROUPS)) {
  for (const { name, expected, run } of cases) {
    test(`${group.toLowerCase()}: ${name}`, () => {
      const history = History.start();
      run(history);
      assert.deepEqual(history.rules, expected, JSON.stringify(history.differences, null, 1));
    });
  }
}

test("every difference names the page that promises it", () => {
  const history = History.start();
  history.ban(ATTACKER, HOUR);
  const [found] = history.differences;
  assert.equal(found?.source, RULES["banned-without-cause"]);
  assert.equal(found.at, history.now);
});

test("every rule has a history that breaks it", () => {
  const cases = Object.values(GROUPS).flat();
  const broken = new Set(cases.flatMap(({ expected }) => expected));
  assert.deepEqual([...broken].toSorted(), Object.keys(RULES).toSorted());
});

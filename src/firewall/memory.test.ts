import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";
import { ALL_PORTS, OBSERVED } from "../domain/port-scope.ts";
import { systemClock } from "../host/system-clock.ts";
import { add, testEnforcerContract } from "./enforcer.contract.ts";
import { createMemoryEnforcer } from "./memory.ts";

testEnforcerContract("memory", async (isAllowed) => {
  const enforcer = createMemoryEnforcer({ isAllowed, clock: systemClock });
  return { enforcer, release: () => enforcer.close() };
});

test("memory: a block expires by itself, as in a kernel", async () => {
  let now = 1000;
  const clock: Clock = { now: () => instant(now), monotonic: () => now };
  const enforcer = createMemoryEnforcer({ isAllowed: () => false, clock });
  await enforcer.apply([add("192.0.2.1", ALL_PORTS, instant(2000))], clock.now());
  assert.equal((await enforcer.list()).length, 1);
  now = 2000;
  assert.deepEqual(await enforcer.list(), []);
});

test("memory: it reports that it enforces nothing, and counts no packets", async () => {
  const enforcer = createMemoryEnforcer({ isAllowed: () => false, clock: systemClock });
  await enforcer.apply([add("192.0.2.1")], systemClock.now());
  assert.equal(enforcer.enforcing, false);
  assert.deepEqual(await enforcer.list(), [
    { subject: "192.0.2.1", scope: "all", packets: undefined, left: undefined },
  ]);
});

test("memory: it accepts observed blocks, but none of an allowed subject", async () => {
  const enforcer = createMemoryEnforcer({
    isAllowed: (subject) => subject === "192.0.2.2",
    clock: systemClock,
  });
  const changes = [add("192.0.2.1", OBSERVED), add("192.0.2.2", OBSERVED)];
  const refusals = await enforcer.apply(changes, systemClock.now());
  assert.deepEqual(
    refusals.map(({ change }) => change),
    [changes[1]],
  );
  assert.deepEqual(
    (await enforcer.list()).map(({ subject, scope }) => ({ subject, scope })),
    [{ subject: "192.0.2.1", scope: OBSERVED }],
  );
});

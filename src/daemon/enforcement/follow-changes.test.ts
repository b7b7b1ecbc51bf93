import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Clock } from "../../domain/clock.ts";
import type { ForeignChange } from "../../domain/enforcer.ts";
import { instant } from "../../domain/instant.ts";
import { nextTurn, sleep } from "../../platform/timers.ts";
import { followChanges } from "./follow-changes.ts";

const MINUTES = 10;

async function* changeAgain(signal: AbortSignal): AsyncGenerator<ForeignChange> {
  while ((await sleep(100, signal)) === "elapsed") yield { kind: "changed", by: undefined };
}

/** Somebody breaks the firewall a tenth of a second after each repair, which costs so much of the processor. */
async function countRepairs(cost: number): Promise<number> {
  const stop = new AbortController();
  let now = 0;
  let used = 0;
  let repairs = 0;
  const clock: Clock = { now: () => instant(now), monotonic: () => now };
  mock.timers.enable({ apis: ["setTimeout"] });
  const following = followChanges(
    {
      changes: changeAgain(stop.signal),
      clock,
      processorTime: () => used,
      emit: () => undefined,
      monitor: () => undefined,
      repair: async () => {
        repairs++;
        used += cost;
      },
    },
    stop.signal,
  );
  for (; now < MINUTES * 60_000; now += 100) {
    mock.timers.tick(100);
    await nextTurn();
  }
  stop.abort();
  await following;
  mock.timers.reset();
  return repairs;
}

for (const cost of [20, 500, 2000]) {
  test(`repairs of ${cost} ms each: twelve seconds of them at once, then a tenth of the time`, async () => {
    const repairs = await countRepairs(cost);
    const promised = Math.min((12_000 + MINUTES * 6000) / cost, MINUTES * 600);
    assert.ok(repairs <= promised + 1, `${repairs} of at most ${promised}`);
    assert.ok(repairs >= promised / 2, `${repairs}: it goes on repairing`);
  });
}

test("whoever lost its monitor is known, and nothing is repaired for it until it is back", async () => {
  const said: string[] = [];
  async function* changes(): AsyncGenerator<ForeignChange> {
    yield { kind: "monitor-lost", by: undefined };
    yield { kind: "monitor-restored", by: undefined };
  }
  await followChanges(
    {
      changes: changes(),
      clock: { now: () => instant(0), monotonic: () => 0 },
      processorTime: () => 0,
      emit: ({ event }) => said.push(event),
      monitor: (state) => said.push(state),
      repair: async () => void said.push("repair"),
    },
    new AbortController().signal,
  );
  assert.deepEqual(said, ["lost", "watching", "repair"]);
});

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { AlarmClock } from "../../domain/clock.ts";
import type { ForeignChange } from "../../domain/enforcer.ts";
import { instant } from "../../domain/instant.ts";
import { nextTurn, sleep } from "../../host/timers.ts";
import { followChanges } from "./follow-changes.ts";
import { systemClock } from "../../host/system-clock.ts";

const MINUTES = 10;

async function* changeAgain(signal: AbortSignal): AsyncGenerator<ForeignChange> {
  while ((await sleep(100, signal)) === "elapsed") yield { kind: "changed", by: undefined };
}

/** A program breaks the firewall a tenth of a second after each repair, which takes this much CPU time. */
async function countRepairs(cost: number): Promise<number> {
  const stop = new AbortController();
  let now = 0;
  let used = 0;
  let repairs = 0;
  const clock: AlarmClock = { ...systemClock, now: () => instant(now), monotonic: () => now };
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
  test(`repairs of ${cost} ms each: twelve seconds of them immediately, then a tenth of the time`, async () => {
    const repairs = await countRepairs(cost);
    const promised = Math.min((12_000 + MINUTES * 6000) / cost, MINUTES * 600);
    assert.ok(repairs <= promised + 1, `${repairs} of at most ${promised}`);
    assert.ok(repairs >= promised / 2, `${repairs}: it continues to repair`);
  });
}

test("the loss of the monitor is reported, and no repair follows until it is restored", async () => {
  const said: string[] = [];
  async function* changes(): AsyncGenerator<ForeignChange> {
    yield { kind: "monitor-lost", by: undefined };
    yield { kind: "monitor-restored", by: undefined };
  }
  await followChanges(
    {
      changes: changes(),
      clock: { ...systemClock, now: () => instant(0), monotonic: () => 0 },
      processorTime: () => 0,
      emit: ({ event }) => said.push(event),
      monitor: (state) => said.push(state),
      repair: async () => void said.push("repair"),
    },
    new AbortController().signal,
  );
  assert.deepEqual(said, ["lost", "watching", "repair"]);
});

/** Units of the changes, a moment apart each → the reported units. */
async function reported(
  changes: readonly { readonly unit: string | undefined; readonly after: number }[],
): Promise<readonly string[]> {
  const said: string[] = [];
  let now = 0;
  async function* all(): AsyncGenerator<ForeignChange> {
    for (const { unit, after } of changes) {
      now += after;
      const by = { program: "nft", pid: 7, unit, parent: undefined };
      yield { kind: "changed", by };
    }
  }
  let repairs = 0;
  await followChanges(
    {
      changes: all(),
      clock: { ...systemClock, now: () => instant(now), monotonic: () => now },
      processorTime: () => 0,
      emit: (event) => void said.push(event.event === "firewall-changed" ? event.by : event.event),
      monitor: () => undefined,
      repair: async (by) => {
        await by;
        repairs++;
      },
    },
    new AbortController().signal,
  );
  assert.equal(repairs, changes.length, "each is repaired");
  return said;
}

test("a service that stops and starts is reported as one change, others as one each", async () => {
  const nftables = "nftables.service";
  assert.deepEqual(
    await reported([
      { unit: nftables, after: 0 },
      { unit: nftables, after: 20 },
      { unit: nftables, after: 60 },
    ]),
    ["nft (pid 7) of nftables.service"],
  );
  assert.equal(
    (
      await reported([
        { unit: nftables, after: 0 },
        { unit: nftables, after: 60_000 },
      ])
    ).length,
    2,
  );
  for (const unit of ["session-3.scope", undefined])
    assert.equal(
      (
        await reported([
          { unit, after: 0 },
          { unit, after: 20 },
        ])
      ).length,
      2,
    );
});

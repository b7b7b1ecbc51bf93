import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlarmClock } from "../../domain/clock.ts";
import { duration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { type Delivery, DeliveryQueue } from "./delivery-queue.ts";

interface Item {
  readonly at: Instant;
  readonly n: number;
}

interface Tried {
  readonly queue: DeliveryQueue<Item>;
  readonly tried: number[];
  readonly events: TelemetryEvent[];
  /** The time for which the alarm is set; undefined: not set. */
  readonly alarm: () => number | undefined;
  readonly push: (n: number) => void;
  /** Advances the clock, and rings the alarm. */
  readonly ring: (milliseconds?: number) => Promise<void>;
}

/** `answers`: the result of each try, in order; "done" afterwards. */
function open(answers: readonly Delivery[], max = 10): Tried {
  let now = 1_000_000;
  let onRing = (): unknown => undefined;
  let set: number | undefined;
  const tried: number[] = [];
  const events: TelemetryEvent[] = [];
  const clock: AlarmClock = {
    now: () => instant(now),
    monotonic: () => now,
    alarm(ring) {
      onRing = ring;
      return { set: (wait) => void (set = wait), clear: () => void (set = undefined) };
    },
    sleep: () => Promise.resolve("elapsed"),
  };
  const queue = new DeliveryQueue<Item>({
    ...{ name: "test", max, maxAge: duration(60_000), clock },
    emit: (event) => void events.push(event),
    retry: { first: duration(1000), longest: duration(4000) },
    deliver: async ({ n }) => {
      await Promise.resolve();
      tried.push(n);
      return answers[tried.length - 1] ?? { kind: "done" };
    },
    onTried: () => undefined,
  });
  return {
    ...{ queue, tried, events, alarm: () => set },
    push: (n) => queue.push({ at: clock.now(), n }),
    async ring(milliseconds = set ?? 0) {
      now += milliseconds;
      set = undefined;
      await onRing();
    },
  };
}

const FAILED: Delivery = { kind: "failed", reason: "no", wait: 0 };

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("items are delivered one at a time and in order", async () => {
  const { push, tried, queue } = open([{ kind: "done" }, { kind: "dropped", reason: "refused" }]);
  for (const n of [1, 2, 3]) push(n);
  await settle();
  assert.deepEqual([tried, queue.items], [[1, 2, 3], []]);
});

test("a failed item stays first, and is tried again after a growing wait", async () => {
  const { push, tried, alarm, ring, queue } = open([FAILED, FAILED, FAILED]);
  push(1);
  push(2);
  await settle();
  const waits: number[] = [];
  for (let i = 0; i < 3; i++) {
    waits.push(alarm() ?? assert.fail("no alarm"));
    // Further items do not lead to earlier tries.
    push(3 + i);
    await settle();
    assert.equal(tried.length, i + 1);
    await ring();
  }
  assert.deepEqual(tried, [1, 1, 1, 1, 2, 3, 4, 5]);
  for (const [i, base] of [1000, 2000, 4000].entries())
    assert.ok((waits[i] ?? 0) >= base * 0.75 && (waits[i] ?? 0) <= base, String(waits));
  assert.equal(queue.items.length, 0);
});

test("a requested wait is kept, and a pause does not lengthen the next one", async () => {
  const { push, alarm, ring } = open([
    { kind: "failed", reason: "429", wait: 30_000 },
    { kind: "paused", wait: 5000 },
  ]);
  push(1);
  await settle();
  assert.equal(alarm(), 30_000);
  await ring();
  assert.equal(alarm(), 5000);
});

test("the queue is bounded in number and age; the oldest are dropped and reported", async () => {
  const { push, tried, events, ring } = open([FAILED], 3);
  for (let n = 1; n <= 5; n++) push(n);
  await settle();
  await ring();
  assert.deepEqual(tried.slice(1), [3, 4, 5]);
  assert.deepEqual(events, [{ event: "queue-overflowed", queue: "test", dropped: 1 }]);
  const old = open([FAILED]);
  old.push(1);
  await settle();
  await old.ring(60_001);
  assert.deepEqual(old.tried, [1]);
  assert.deepEqual(old.queue.items, []);
});

test("items can be removed while they wait", async () => {
  const { push, tried, ring, queue } = open([FAILED]);
  push(1);
  push(2);
  await settle();
  queue.remove(({ n }) => n === 1);
  await ring();
  assert.deepEqual(tried, [1, 2]);
});

test("closing tries what waits once more, or not at all", async () => {
  const once = open([FAILED]);
  once.push(1);
  once.push(2);
  await settle();
  await once.queue.finish();
  assert.deepEqual(once.tried, [1, 1, 2]);
  const none = open([FAILED]);
  none.push(1);
  await settle();
  none.queue.stop();
  assert.deepEqual([none.tried, none.queue.items.length, none.alarm()], [[1], 1, undefined]);
});

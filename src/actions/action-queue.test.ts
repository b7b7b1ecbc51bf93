import assert from "node:assert/strict";
import { test } from "node:test";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { createSerialQueue } from "../host/serial-queue.ts";
import { ActionQueue, type QueuedWork } from "./action-queue.ts";

interface Held {
  readonly queue: ActionQueue;
  readonly begun: string[];
  readonly events: TelemetryEvent[];
  readonly push: (name: string, key: string | undefined, kind?: QueuedWork["kind"]) => void;
  /** Ends the running action of that name. */
  readonly end: (name: string) => Promise<void>;
}

function hold(turn?: ReturnType<typeof createSerialQueue>): Held {
  const begun: string[] = [];
  const events: TelemetryEvent[] = [];
  const ends = new Map<string, () => void>();
  const queue = new ActionQueue({ name: "q", emit: (event) => events.push(event), turn });
  return {
    queue,
    begun,
    events,
    push(name, key, kind = "beginning") {
      const work = (): Promise<void> => {
        begun.push(name);
        return new Promise((resolve) => ends.set(name, resolve));
      };
      queue.push({ key, kind, work });
    },
    async end(name) {
      ends.get(name)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("actions of one address run in order, those of up to four addresses concurrently", async () => {
  const { begun, push, end, queue } = hold();
  for (const name of ["a1", "a2", "b1", "c1", "d1", "e1", "b2"]) push(name, name[0]);
  assert.deepEqual(begun, ["a1", "b1", "c1", "d1"]);
  await end("b1");
  assert.deepEqual(begun.slice(4), ["e1"]);
  await end("a1");
  assert.deepEqual(begun.slice(5), ["a2"]);
  for (const name of ["a2", "c1", "d1", "e1", "b2"]) await end(name);
  assert.deepEqual(begun.slice(6), ["b2"]);
  await queue.settled();
});

test("an action for the whole jail waits for earlier ones, and later ones wait for it", async () => {
  const { begun, push, end } = hold();
  push("start", undefined);
  push("a", "a");
  push("flush", undefined);
  push("b", "b");
  assert.deepEqual(begun, ["start"]);
  await end("start");
  assert.deepEqual(begun, ["start", "a"]);
  await end("a");
  assert.deepEqual(begun, ["start", "a", "flush"]);
  await end("flush");
  assert.deepEqual(begun, ["start", "a", "flush", "b"]);
});

test("queues with the same `exclusive` word run one at a time", async () => {
  const turn = createSerialQueue();
  const [one, two] = [hold(turn), hold(turn)];
  one.push("a", "a");
  one.push("b", "b");
  two.push("c", "c");
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([...one.begun, ...two.begun], ["a"]);
  await one.end("a");
  assert.deepEqual([one.begun.length, two.begun.length], [1, 1], "the other's turn comes first");
  await two.end("c");
  assert.deepEqual(one.begun, ["a", "b"]);
});

test("a full queue drops new bans, never ends of bans, and reports how many", async () => {
  const { queue, begun, events, push, end } = hold();
  push("running", "x");
  for (let i = 0; i < 10_050; i++) push(`n${i}`, "x");
  push("end", "x", "ending");
  assert.deepEqual(events, [{ event: "queue-overflowed", queue: "q", dropped: 1 }]);
  assert.equal(queue.clear("beginning"), 10_000);
  await end("running");
  assert.deepEqual(events[1], { event: "queue-overflowed", queue: "q", dropped: 49 });
  assert.deepEqual(begun, ["running", "end"]);
});

test("the end of a ban cancels a queued begin of the same address", async () => {
  const { queue, begun, push, end } = hold();
  const first = (name: string, key: string): void => {
    const work = async (): Promise<void> => void begun.push(name);
    queue.push({ key, kind: "beginning", isFirst: true, work });
  };
  for (const name of ["a", "b", "c", "d"]) push(name, name);
  first("e-ban", "e");
  push("e-prolong", "e");
  push("a-prolong", "a");
  assert.ok(queue.cancel("e"), "nothing has begun for it");
  assert.ok(!queue.cancel("a"), "its ban has begun");
  assert.ok(!queue.cancel("unknown"));
  first("f-ban", "f");
  push("flush", undefined, "ending");
  queue.cancelAll();
  for (const name of ["a", "b", "c", "d"]) await end(name);
  assert.deepEqual(begun, ["a", "b", "c", "d", "flush"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Subject } from "../domain/cidr.ts";
import { ipFromBits } from "../domain/ip.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { ActionQueue } from "./action-queue.ts";
import { PostponedBans } from "./postponed-bans.ts";

const subject = (n: number): Subject => ipFromBits(0x0a000000n + BigInt(n), "ipv4");
/** The number of ends that the queue can hold, plus the four that run. */
const FULL = 20_004;

test("the end of a ban runs even if the queue is full, and before the next ban of the address", async () => {
  const events: TelemetryEvent[] = [];
  const ran: string[] = [];
  const held = Promise.withResolvers<void>();
  const queue = new ActionQueue({
    ...{ name: "q", turn: undefined },
    emit: (event) => void events.push(event),
  });
  const push = (kind: "beginning" | "ending", word: string) => (key: Subject) => {
    queue.push({
      ...{ key, kind },
      work: async () => {
        await held.promise;
        ran.push(`${word} ${key}`);
      },
    });
  };
  const { signal } = new AbortController();
  const pushed = { pushBan: push("beginning", "ban"), pushEnd: push("ending", "unban") };
  const postponed = new PostponedBans({ queue, signal, ...pushed });
  for (let n = 0; n < FULL + 10; n++) postponed.pushEnd(subject(n));
  assert.ok(queue.isFullForEnds);
  assert.equal(postponed.ends, 10);
  const last = subject(FULL + 9);
  assert.ok(postponed.takeBan(last));
  // The ban ended before its command ran.
  const other = subject(FULL + 8);
  assert.ok(postponed.takeBan(other) && postponed.hasBan(other) && postponed.removeBan(other));
  held.resolve();
  await postponed.drain();
  await queue.settled();
  assert.equal(ran.length, FULL + 11);
  assert.equal(new Set(ran).size, FULL + 11);
  assert.ok(ran.indexOf(`unban ${last}`) < ran.indexOf(`ban ${last}`));
  assert.ok(!ran.includes(`ban ${other}`));
  assert.deepEqual(events, []);
});

test("a flush ends all bans, and nothing is queued after the daemon gave up", async () => {
  const stop = new AbortController();
  const pushed: Subject[] = [];
  const room = Promise.withResolvers<void>();
  const postponed = new PostponedBans({
    queue: { isFull: true, isFullForEnds: true, room: () => room.promise },
    signal: stop.signal,
    pushBan: (one) => pushed.push(one),
    pushEnd: (one) => pushed.push(one),
  });
  postponed.pushEnd(subject(1));
  assert.ok(postponed.takeBan(subject(2)));
  postponed.clear();
  assert.equal(postponed.ends, 0);
  postponed.pushEnd(subject(3));
  stop.abort();
  room.resolve();
  await postponed.drain();
  assert.deepEqual(pushed, []);
});

test("a ban waits for an earlier end of its address, also when there is room for bans", async () => {
  const pushed: string[] = [];
  const room = Promise.withResolvers<void>();
  const postponed = new PostponedBans({
    queue: { isFull: false, isFullForEnds: true, room: () => room.promise },
    signal: new AbortController().signal,
    pushBan: (one) => pushed.push(`ban ${one}`),
    pushEnd: (one) => pushed.push(`unban ${one}`),
  });
  postponed.pushEnd(subject(1));
  assert.ok(postponed.takeBan(subject(1)));
  assert.ok(!postponed.takeBan(subject(2)), "no ban waits");
  room.resolve();
  await postponed.drain();
  assert.deepEqual(pushed, [`unban ${subject(1)}`, `ban ${subject(1)}`]);
});

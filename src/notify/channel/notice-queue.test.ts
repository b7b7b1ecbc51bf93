import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import type { Notice } from "../../domain/notifier.ts";
import { createNoticeQueue } from "./notice-queue.ts";

const MAX_COUNT = 200;
const MAX_AGE_MS = 172_800_000;

function notice(n: number, level: Notice["level"] = "error"): Notice {
  return {
    ...{ what: "jail-failed", level, jail: "sshd", state: "blind", cause: "no-log" },
    ...{ ip: undefined, reason: `reason ${n}`, fix: undefined, at: instant(n), host: "h" },
    ...{ problem: "jail-failed sshd", phase: "began" },
  };
}

test("a notice that could not be sent for two days is dropped and counted", () => {
  const queue = createNoticeQueue();
  const [old, young] = [notice(1), notice(2)];
  queue.add(old, 1000);
  queue.add(young, 1001);
  queue.expire(1000 + MAX_AGE_MS);
  assert.equal(queue.length, 2);
  queue.expire(1001 + MAX_AGE_MS);
  assert.deepEqual(queue.list, [{ notice: young, at: 1001 }]);
  assert.equal(queue.dropped, 1);
  queue.sent([young]);
  assert.deepEqual([queue.length, queue.dropped], [0, 0]);
});

test("a full queue drops the oldest notices, and refused ones are dropped", () => {
  const queue = createNoticeQueue();
  const notices = Array.from({ length: MAX_COUNT + 2 }, (_, n) => notice(n));
  const dropped = notices.map((one) => queue.add(one, 0));
  assert.deepEqual(dropped.slice(MAX_COUNT - 1), [0, 1, 1]);
  assert.deepEqual([queue.length, queue.dropped], [MAX_COUNT, 2]);
  const first = queue.list.slice(0, 3).map((one) => one.notice);
  assert.deepEqual(first, notices.slice(2, 5));
  queue.drop(first);
  assert.deepEqual([queue.length, queue.dropped], [MAX_COUNT - 3, 5]);
});

test("a storm of notices about bans drops none about a fault", () => {
  const queue = createNoticeQueue();
  const [fault, doubt] = [notice(1), notice(2, "warn")];
  queue.add(fault, 0);
  queue.add(doubt, 0);
  for (let i = 0; i < 2 * MAX_COUNT; i++) queue.add(notice(i + 3, "info"), 0);
  const [first, second] = queue.list;
  assert.deepEqual([first?.notice, second?.notice, queue.length], [fault, doubt, MAX_COUNT]);
  for (let i = 1; i < MAX_COUNT; i++) queue.add(notice(i, "error"), 0);
  assert.equal(queue.list[0]?.notice, fault);
  queue.add(notice(9, "info"), 0);
  assert.ok(queue.list.every((one) => one.notice.level === "error"));
});

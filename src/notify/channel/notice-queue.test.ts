import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import type { Notice } from "../../domain/notifier.ts";
import { createNoticeQueue } from "./notice-queue.ts";

const MAX_COUNT = 200;
const DAY_MS = 86_400_000;

function notice(n: number): Notice {
  return {
    ...{ what: "jail-failed", level: "error", jail: "sshd", state: "blind", cause: "no-log" },
    ...{ ip: undefined, reason: `reason ${n}`, fix: undefined, at: instant(n), host: "h" },
    ...{ problem: "jail-failed sshd", phase: "began" },
  };
}

test("a notice that could not be posted for a day is dropped and counted", () => {
  const queue = createNoticeQueue();
  const [old, young] = [notice(1), notice(2)];
  queue.add(old, 1000);
  queue.add(young, 1001);
  assert.deepEqual(queue.next(10, 1000 + DAY_MS), [old, young]);
  assert.deepEqual(queue.next(10, 1001 + DAY_MS), [young]);
  assert.deepEqual([queue.length, queue.dropped], [1, 1]);
  queue.sent([young]);
  assert.deepEqual([queue.length, queue.dropped], [0, 0]);
});

test("a full queue drops the oldest notices, and refused ones are dropped", () => {
  const queue = createNoticeQueue();
  const notices = Array.from({ length: MAX_COUNT + 2 }, (_, n) => notice(n));
  const dropped = notices.map((one) => queue.add(one, 0));
  assert.deepEqual(dropped.slice(MAX_COUNT - 1), [0, 1, 1]);
  assert.deepEqual([queue.length, queue.dropped], [MAX_COUNT, 2]);
  const first = queue.next(3, 0);
  assert.deepEqual(first, notices.slice(2, 5));
  queue.drop(first);
  assert.deepEqual([queue.length, queue.dropped], [MAX_COUNT - 3, 5]);
});

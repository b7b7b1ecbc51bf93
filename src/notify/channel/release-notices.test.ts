import assert from "node:assert/strict";
import test from "node:test";
import { duration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Notice } from "../../domain/notifier.ts";
import type { WaitingNotice } from "./notice-queue.ts";
import { releaseNotices } from "./release-notices.ts";

const HOUR_MS = 3_600_000;
const NIGHT = { from: 22 * 60, to: 7 * 60 };

function waiting(level: Notice["level"], at = 0): WaitingNotice {
  const notice: Notice = {
    ...{ what: "jail-failed", level, jail: "sshd", state: "blind", cause: "no-log" },
    ...{ ip: undefined, reason: "r", fix: undefined, at: instant(0), host: "h" },
    ...{ problem: "jail-failed sshd", phase: "began" },
  };
  return { notice, at };
}

/** A moment in local time. */
function clock(hour: number, minute = 0): Instant {
  return instant(new Date(2026, 10, 24, hour, minute).getTime());
}

const [error, warn, info] = [waiting("error"), waiting("warn"), waiting("info", 5)];
const NO_RULES = { quiet: undefined, digest: undefined };

test("without rules everything is sent", () => {
  const at = { now: clock(3), at: 9 };
  assert.deepEqual(releaseNotices([error, info], NO_RULES, at), { ready: [error, info], wait: 0 });
  assert.deepEqual(releaseNotices([], NO_RULES, at), { ready: [], wait: 0 });
});

for (const [now, isQuiet, wait] of [
  [clock(21, 59), false, 0],
  [clock(22), true, 9 * HOUR_MS],
  [clock(0, 30), true, 6.5 * HOUR_MS],
  [clock(6, 59), true, 60_000],
  [clock(7), false, 0],
] as const)
  test(`quiet hours over midnight at ${new Date(now).toTimeString().slice(0, 5)}`, () => {
    const rules = { quiet: NIGHT, digest: undefined };
    const release = releaseNotices([error, warn, info], rules, { now, at: 9 });
    assert.deepEqual(release, { ready: isQuiet ? [error] : [error, warn, info], wait });
  });

test("quiet hours within a day", () => {
  const rules = { quiet: { from: 12 * 60, to: 13 * 60 }, digest: undefined };
  assert.deepEqual(releaseNotices([warn], rules, { now: clock(12, 15), at: 0 }), {
    ...{ ready: [], wait: 45 * 60_000 },
  });
  assert.deepEqual(releaseNotices([warn], rules, { now: clock(13), at: 0 }).ready, [warn]);
});

test("a digest is due when its oldest notice has waited, or with an error", () => {
  const rules = { quiet: undefined, digest: duration(HOUR_MS) };
  const now = clock(12);
  const early = releaseNotices([warn, info], rules, { now, at: HOUR_MS - 10 });
  assert.deepEqual(early, { ready: [], wait: 10 });
  const due = releaseNotices([warn, info], rules, { now, at: HOUR_MS });
  assert.deepEqual(due.ready, [warn, info]);
  assert.deepEqual(releaseNotices([warn, info, error], rules, { now, at: 6 }).ready, [
    ...[warn, info, error],
  ]);
  assert.deepEqual(releaseNotices([error], rules, { now, at: 6 }).ready, [error]);
});

test("a digest that is due in quiet hours waits for their end", () => {
  const rules = { quiet: NIGHT, digest: duration(HOUR_MS) };
  const release = releaseNotices([warn, error], rules, { now: clock(23), at: 2 * HOUR_MS });
  assert.deepEqual(release, { ready: [error], wait: 8 * HOUR_MS });
});

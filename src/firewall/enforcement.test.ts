import assert from "node:assert/strict";
import test from "node:test";
import type { AlarmClock } from "../domain/clock.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { systemClock } from "../host/system-clock.ts";
import { openBook } from "../record/open-book.ts";
import {
  openSampleView,
  sampleAt,
  sampleBan,
  sampleJail,
  sampleSubject,
} from "../record/sample-entries.fixture.ts";
import { Enforcement } from "./enforcement.ts";
import { createMemoryEnforcer } from "./memory.ts";

test("more bans than may wait for a call are applied by a comparison of everything", async () => {
  const due: (() => unknown)[] = [];
  const clock: AlarmClock = {
    ...systemClock,
    now: () => sampleAt(0),
    alarm: (ring) => ({ set: () => void due.push(ring), clear: () => undefined }),
  };
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  book.commit({ steps: [sampleBan(0)], cursors: [] });
  const enforcer = createMemoryEnforcer({ isAllowed: () => false, clock });
  const view = openSampleView(book);
  const options = { view, clock, enforcer, emit: () => undefined, onChange: () => undefined };
  const enforcement = new Enforcement(options);
  const key = { subject: sampleSubject(0), jail: sampleJail("sshd"), scope: ALL_PORTS };
  await enforcement.sync(Array.from({ length: 200_001 }, () => key));
  assert.deepEqual(await enforcer.list(), []);
  assert.equal(due.length, 1, "a retry is due");
  await due[0]?.();
  assert.equal((await enforcer.list()).length, 1);
});

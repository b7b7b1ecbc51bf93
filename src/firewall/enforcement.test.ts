import assert from "node:assert/strict";
import test from "node:test";
import type { AlarmClock } from "../domain/clock.ts";
import type { Enforcer } from "../domain/enforcer.ts";
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

test("nothing is repaired or retried after the end of watching, also not what fails then", async () => {
  const due: (() => unknown)[] = [];
  const clock: AlarmClock = {
    ...systemClock,
    alarm: (ring) => ({ set: () => void due.push(ring), clear: () => void due.splice(0) }),
  };
  const stop = new AbortController();
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  let prepared = 0;
  const enforcer: Enforcer = {
    ...createMemoryEnforcer({ isAllowed: () => false, clock }),
    prepare: async () => {
      prepared++;
      // The daemon ends while the firewall refuses a repair.
      if (prepared === 2) stop.abort();
      return { error: "refused", repaired: false, structure: undefined };
    },
    async *watch() {
      for (let n = 0; n < 3; n++) yield { kind: "changed", by: undefined };
    },
  };
  const view = openSampleView(book);
  const options = { view, clock, enforcer, emit: () => undefined, onChange: () => undefined };
  const enforcement = new Enforcement(options);
  await enforcement.reconcile("start");
  assert.equal(due.length, 1, "a retry is due");
  await enforcement.watch(stop.signal);
  await enforcement.settled();
  assert.equal(prepared, 2);
  assert.deepEqual(due, []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BanBook } from "../../domain/ban-book.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import type { Change, Enforcer } from "../../domain/enforcer.ts";
import type { Duty, EnforcerView } from "../../domain/enforcer-view.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { ALL_PORTS, OBSERVED, type PortScope } from "../../domain/port-scope.ts";
import { createMemoryEnforcer } from "../memory.ts";
import { openBook } from "../../record/open-book.ts";
import {
  openSampleView,
  sampleAt,
  sampleBan,
  sampleJail,
  sampleSubject,
} from "../../record/sample-entries.fixture.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { nextTurn } from "../../host/timers.ts";
import { Enforcement } from "../enforcement.ts";
import { type Applied, equalize } from "./equalize.ts";
import { systemClock } from "../../host/system-clock.ts";

const MANY = 10_100;
const clock: AlarmClock = { ...systemClock, now: () => sampleAt(0), monotonic: () => 0 };

interface Read {
  lists: number;
  lookups: number;
}

interface Stage {
  readonly book: BanBook;
  readonly view: EnforcerView;
  readonly enforcer: Enforcer;
  readonly enforcement: Enforcement;
  readonly read: Read;
  readonly events: TelemetryEvent[];
}

/** Sets up a book with that many bans and a firewall in memory, and counts its listings. */
async function onStage(
  bans: number,
  work: (stage: Stage) => Promise<void>,
  change: Partial<Enforcer["lookup"]> & { readonly refuses?: (change: Change) => boolean } = {},
): Promise<void> {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  book.commit({ steps: Array.from({ length: bans }, (_, n) => sampleBan(n)), cursors: [] });
  const view = openSampleView(book, { dutyFor });
  const memory = createMemoryEnforcer({ isAllowed: () => false, clock });
  const read: Read = { lists: 0, lookups: 0 };
  const { lookup } = memory;
  const { refuses = () => false, ...lookups } = change;
  assert.ok(lookup !== undefined);
  const enforcer: Enforcer = {
    ...memory,
    enforcing: true,
    apply: async (changes, now) => {
      const refused = changes.filter(refuses);
      const others = changes.filter((one) => !refused.includes(one));
      const refusals = refused.map((one) => ({ change: one, error: "full", retryable: true }));
      return [...refusals, ...(await memory.apply(others, now))];
    },
    list: () => {
      read.lists++;
      return memory.list();
    },
    lookup: {
      ...lookup,
      ...lookups,
      find: (keys) => {
        read.lookups += keys.length;
        return lookup.find(keys);
      },
    },
  };
  const events: TelemetryEvent[] = [];
  const enforcement = new Enforcement({
    ...{ view, clock, enforcer },
    emit: (event) => void events.push(event),
    onChange: () => undefined,
  });
  await work({ book, view, enforcer, enforcement, read, events });
}

function dutyFor(_jail: JailName, scope: PortScope): Duty {
  return scope === OBSERVED ? "none" : "required";
}

function adds(from: number, count: number): readonly Change[] {
  return Array.from({ length: count }, (_, n) => ({
    kind: "add",
    subject: sampleSubject(from + n),
    scope: ALL_PORTS,
    until: "forever",
  }));
}

function removals(from: number, count: number): readonly Change[] {
  return Array.from({ length: count }, (_, n) => ({
    kind: "remove",
    subject: sampleSubject(from + n),
    scope: ALL_PORTS,
  }));
}

function repairsIn(events: readonly TelemetryEvent[]): readonly unknown[] {
  return events
    .filter((event) => event.event === "firewall-repaired")
    .map(({ missing, extra }) => ({ missing, extra }));
}

test("without an enforcing firewall no ban counts as enforced, even if its block is listed", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  book.commit({ steps: [sampleBan(0)], cursors: [] });
  const enforcer = createMemoryEnforcer({ isAllowed: () => false, clock });
  const view = openSampleView(book);
  const options = { view, clock, enforcer, emit: () => undefined, onChange: () => undefined };
  const enforcement = new Enforcement(options);
  assert.equal(enforcer.enforcing, false);
  await enforcement.reconcile("start");
  assert.equal((await enforcer.list()).length, 1);
  assert.equal(book.ban(sampleJail("sshd"), sampleSubject(0))?.state, "pending");
});

test("a comparison ends when unwanted blocks are removed, and reports whether that succeeded", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const enforcer = createMemoryEnforcer({ isAllowed: () => false, clock });
  await enforcer.apply(adds(0, 2), clock.now());
  const applied: Change[] = [];
  const apply = async (changes: readonly Change[]): Promise<Applied> => {
    await nextTurn();
    applied.push(...changes);
    return { enforced: [], refused: 0, complete: false };
  };
  const compared = await equalize({
    ...{ enforcer, clock, apply },
    view: openSampleView(book),
    limit: undefined,
    proves: () => true,
  });
  assert.deepEqual(applied, removals(0, 2));
  assert.partialDeepStrictEqual(compared, { blocks: 0, missing: 0, extra: 2, complete: false });
});

test("many bans are proven by one look-up each; only an empty firewall is listed", async () => {
  await onStage(MANY, async ({ enforcer, enforcement, read, book, view }) => {
    await enforcement.reconcile("start");
    assert.deepEqual(read, { lists: 1, lookups: 0 });
    assert.equal((await enforcer.list()).length, MANY);
    Object.assign(read, { lists: 0, lookups: 0 });
    view.markAllPending("not looked at yet");
    await enforcement.reconcile("start");
    await enforcement.settled();
    assert.deepEqual(read, { lists: 0, lookups: MANY });
    assert.partialDeepStrictEqual(enforcement.readBack(), { blocks: MANY, restored: 0 });
    assert.equal(book.ban(sampleJail("sshd"), sampleSubject(7))?.state, "enforced");
  });
});

test("of many bans, exactly the missing ones are restored", async () => {
  await onStage(MANY, async ({ enforcer, enforcement, read, events }) => {
    await enforcement.reconcile("start");
    await enforcer.apply([...removals(0, 3), ...removals(9000, 2)], clock.now());
    Object.assign(read, { lists: 0, lookups: 0 });
    await enforcement.reconcile("foreign");
    await enforcement.settled();
    assert.deepEqual(read, { lists: 0, lookups: MANY });
    assert.deepEqual(repairsIn(events), [{ missing: 5, extra: 0 }]);
    assert.equal(await enforcer.lookup?.size(), MANY);
  });
});

test("unwanted blocks are detected by their number, listed once and removed", async () => {
  await onStage(MANY, async ({ enforcer, enforcement, read, events }) => {
    await enforcement.reconcile("start");
    await enforcer.apply(adds(20_000, 2), clock.now());
    Object.assign(read, { lists: 0, lookups: 0 });
    await enforcement.reconcile("foreign");
    await enforcement.settled();
    assert.deepEqual(read, { lists: 1, lookups: MANY });
    assert.deepEqual(repairsIn(events), [{ missing: 0, extra: 2 }]);
    assert.equal(await enforcer.lookup?.size(), MANY);
  });
});

test("as many removed as added is detected as well, and reported once", async () => {
  await onStage(MANY, async ({ enforcer, enforcement, events }) => {
    await enforcement.reconcile("start");
    await enforcer.apply([...adds(20_000, 2), ...removals(5, 2)], clock.now());
    await enforcement.reconcile("foreign");
    await enforcement.settled();
    assert.deepEqual(repairsIn(events), [{ missing: 2, extra: 0 }]);
    assert.equal(enforcement.repairs().length, 1);
    assert.equal(await enforcer.lookup?.size(), MANY);
    assert.equal((await enforcer.lookup?.find(adds(20_000, 1)))?.[0], undefined);
  });
});

test("without a count, bans are proven before unwanted blocks are searched for", async () => {
  const untold = { size: async () => undefined };
  await onStage(
    MANY,
    async ({ enforcer, enforcement, read }) => {
      await enforcement.reconcile("start");
      await enforcer.apply(adds(20_000, 2), clock.now());
      Object.assign(read, { lists: 0, lookups: 0 });
      await enforcement.reconcile("start");
      assert.deepEqual(read, { lists: 0, lookups: MANY });
      assert.partialDeepStrictEqual(enforcement.readBack(), { blocks: MANY, restored: 0 });
      await enforcement.settled();
      assert.deepEqual(read, { lists: 1, lookups: MANY });
      assert.equal((await enforcer.list()).length, MANY);
    },
    untold,
  );
});

test("few bans are listed, and so are many of which few are left", async () => {
  await onStage(100, async ({ enforcement, read }) => {
    await enforcement.reconcile("start");
    await enforcement.reconcile("periodic");
    assert.deepEqual(read, { lists: 2, lookups: 0 });
  });
  await onStage(MANY, async ({ enforcer, enforcement, read, events }) => {
    await enforcement.reconcile("start");
    await enforcer.apply(removals(1, MANY - 1), clock.now());
    await enforcement.reconcile("foreign");
    assert.deepEqual(read, { lists: 2, lookups: 0 });
    assert.deepEqual(repairsIn(events), [{ missing: MANY - 1, extra: 0 }]);
  });
});

test("observed bans are not blocks of a firewall, also among many", async () => {
  await onStage(MANY, async ({ book, enforcement }) => {
    const observed = { jail: sampleJail("watched"), scope: OBSERVED };
    book.commit({ steps: [sampleBan(1, observed), sampleBan(20_000, observed)], cursors: [] });
    await enforcement.reconcile("start");
    await enforcement.reconcile("periodic");
    assert.equal(enforcement.readBack()?.blocks, MANY);
    assert.equal(book.ban(sampleJail("watched"), sampleSubject(1))?.state, "pending");
  });
});

test("a ban that is refused again is not a repair; one that is finally accepted is", async () => {
  const full = { refuses: new Set([sampleSubject(1), sampleSubject(2)]) };
  await onStage(
    3,
    async ({ enforcement, enforcer, events }) => {
      await enforcement.reconcile("start");
      await enforcement.reconcile("retry");
      await enforcement.reconcile("foreign");
      assert.deepEqual(repairsIn(events), []);
      assert.equal((await enforcer.list()).length, 1);
      full.refuses.delete(sampleSubject(1));
      await enforcement.reconcile("retry");
      full.refuses.clear();
      await enforcement.reconcile("retry");
      assert.deepEqual(repairsIn(events), [
        { missing: 1, extra: 0 },
        { missing: 1, extra: 0 },
      ]);
      assert.equal((await enforcer.list()).length, 3);
    },
    { refuses: ({ subject }) => full.refuses.has(subject) },
  );
});

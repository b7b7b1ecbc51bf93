/** Compares random sequences of bans with a simple model (a Map). */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { EnforcerView } from "../domain/enforcer-view.ts";
import { duration } from "../domain/duration.ts";
import { type Instant, instant, laterUntil, type Until } from "../domain/instant.ts";
import { portScope } from "../domain/port-scope.ts";
import { openBook } from "./open-book.ts";
import {
  openSampleView,
  sampleAt,
  sampleBan,
  sampleFailure,
  sampleJail,
  sampleSubject,
} from "./sample-entries.fixture.ts";

const JAILS = [sampleJail("sshd"), sampleJail("nginx")] as const;
const SCOPES = [portScope([]), portScope([{ protocol: "tcp", number: 22 }])] as const;
const SUBJECTS = 4;

type Act =
  | { kind: "open"; who: number; jail: 0 | 1; length: number | "forever" }
  | { kind: "fail"; who: number; jail: 0 | 1 }
  | { kind: "close"; who: number; jail: 0 | 1 | undefined }
  | { kind: "expire" }
  | { kind: "shift"; step: number }
  | { kind: "enforce" };

interface ModelBan {
  from: number;
  until: Until;
  enforced: boolean;
  lines: number;
}

const who = fc.nat(SUBJECTS - 1);
const jail = fc.constantFrom(0 as const, 1 as const);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("open" as const),
      who,
      jail,
      length: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant("forever" as const)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("fail" as const), who, jail }) },
  fc.record({
    kind: fc.constant("close" as const),
    who,
    jail: fc.option(jail, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant("expire" as const) }),
  fc.record({
    kind: fc.constant("shift" as const),
    step: fc.integer({ min: -20_000, max: 20_000 }),
  }),
  fc.record({ kind: fc.constant("enforce" as const) }),
);

class Model {
  readonly bans: Map<string, ModelBan> = new Map();
  readonly windows: Map<string, number> = new Map();
  past = 0;

  take(one: Act, now: number): void {
    switch (one.kind) {
      case "fail": {
        const key = `${one.who} ${one.jail}`;
        this.windows.set(key, (this.windows.get(key) ?? 0) + 1);
        break;
      }
      case "open":
        this.#open(one, now);
        break;
      case "close":
        for (const key of [...this.bans.keys()]) {
          const [subject, at] = key.split(" ").map(Number);
          if (subject !== one.who || (one.jail !== undefined && one.jail !== at)) continue;
          this.#end(key);
          // A subject unbanned by hand starts over in every jail.
          for (const jail of JAILS.keys()) this.windows.delete(`${one.who} ${jail}`);
        }
        break;
      case "expire":
        for (const [key, ban] of [...this.bans]) {
          if (ban.until !== "forever" && ban.until <= now) this.#end(key);
        }
        break;
      case "shift":
        for (const ban of this.bans.values()) {
          ban.from += one.step;
          if (ban.until !== "forever") ban.until = instant(ban.until + one.step);
        }
        break;
      case "enforce":
        for (const ban of this.bans.values()) {
          if (ban.until === "forever" || ban.until > now) ban.enforced = true;
        }
        break;
    }
  }

  #open(one: Act & { kind: "open" }, now: number): void {
    const key = `${one.who} ${one.jail}`;
    const until = endOf(one, now);
    const old = this.bans.get(key);
    const over = old !== undefined && old.until !== "forever" && old.until <= now;
    if (over) this.#end(key);
    const spent = this.windows.get(key) ?? 0;
    this.windows.delete(key);
    if (old === undefined || over) {
      this.bans.set(key, { from: now, until, enforced: false, lines: Math.min(20, spent) });
      return;
    }
    const later = laterUntil(old.until, until);
    if (later !== old.until) old.enforced = false;
    old.until = later;
    old.lines = Math.min(20, old.lines + spent);
  }

  #end(key: string): void {
    this.bans.delete(key);
    this.past++;
  }
}

function endOf(one: Act & { kind: "open" }, now: number): Until {
  return one.length === "forever" ? "forever" : instant(now + one.length * 1000);
}

interface Played {
  readonly book: BanBook;
  readonly view: EnforcerView;
}

function apply({ book, view }: Played, one: Act, now: Instant): void {
  switch (one.kind) {
    case "fail":
      book.commit({
        steps: [sampleFailure(one.who, { jail: JAILS[one.jail] })],
        cursors: [{ key: "log", value: String(now) }],
      });
      break;
    case "open": {
      const until = endOf(one, now);
      const change = { jail: JAILS[one.jail], scope: SCOPES[one.jail], from: now, until };
      book.commit({ steps: [sampleBan(one.who, change)], cursors: [] });
      break;
    }
    case "close":
      book.close(
        {
          subject: sampleSubject(one.who),
          ...(one.jail === undefined ? {} : { jail: JAILS[one.jail] }),
        },
        { who: "uid 0", reason: "" },
        now,
      );
      break;
    case "expire":
      while (book.expire(now, 2).length === 2);
      break;
    case "shift":
      book.shiftEnds(one.step);
      break;
    case "enforce":
      view.beginChanges()([...view.desiredBlocks(now)]);
      break;
  }
}

async function assertSame(book: BanBook, model: Model): Promise<void> {
  const bans = [...book.activeBans({})];
  assert.equal(bans.length, model.bans.size);
  for (const [key, expected] of model.bans) {
    const [subject, at] = key.split(" ").map(Number);
    const ban = bans.find(
      (b) => b.subject === sampleSubject(subject ?? 0) && b.jail === JAILS[at === 1 ? 1 : 0],
    );
    assert.ok(ban !== undefined, key);
    assert.deepEqual(
      [ban.from, ban.until, ban.state === "enforced", book.evidence(ban.id).length],
      [expected.from, expected.until, expected.enforced, expected.lines],
      key,
    );
  }
  assert.equal(book.history({ limit: 1000 }).length, model.past);
  const waiting = [...model.windows.values()].reduce((sum, count) => sum + count, 0);
  assert.equal([...book.failuresSince(sampleAt(-1000))].length, waiting);
  const ends = [...model.bans.values()].map((ban) => ban.until).filter((end) => end !== "forever");
  assert.equal(book.nextExpiry(), ends.length === 0 ? undefined : Math.min(...ends));
  assert.equal((await book.verifyAudit()).intact, true);
}

test("any sequence of openings, extensions, ends and steps equals a naive model", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      let now = sampleAt(0);
      const clock = { now: () => now, monotonic: () => 0 };
      await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
      const view = openSampleView(book);
      const model = new Model();
      for (const one of acts) {
        now = instant(now + 5000);
        apply({ book, view }, one, now);
        model.take(one, now);
      }
      await assertSame(book, model);
    }),
    fuzzRuns(15),
  );
});

test("the same if writes begin to fail at a random moment, and later succeed again", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-replay-${process.pid}-`));
  let files = 0;
  const story = fc.record({
    before: fc.array(act, { maxLength: 30 }),
    later: fc.array(act, { minLength: 1, maxLength: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(story, async ({ before, later }) => {
      let now = sampleAt(0);
      const path = join(folder, `${files++}.db`);
      const clock = { now: () => now, monotonic: () => 0 };
      const retry = { first: duration(60_000), longest: duration(60_000) };
      const book = openBook({ path, clock, emit: () => undefined, retry });
      const view = openSampleView(book);
      const model = new Model();
      const live = (acts: readonly Act[]): void => {
        for (const one of acts) {
          now = instant(now + 5000);
          apply({ book, view }, one, now);
          model.take(one, now);
        }
      };
      live(before);
      const other = new DatabaseSync(path);
      other.exec("BEGIN IMMEDIATE");
      live(later);
      await assertSame(book, model);
      other.exec("ROLLBACK");
      other.close();
      // Closing tries to save a last time.
      await book[Symbol.asyncDispose]();
      for (const ban of model.bans.values()) ban.enforced = false;
      await using again = openBook({ path, clock, emit: () => undefined });
      await assertSame(again, model);
    }),
    fuzzRuns(4),
  );
  rmSync(folder, { recursive: true });
});

/** Retention and order of the entries of the book. */
import assert from "node:assert/strict";
import test from "node:test";
import type { BanBook } from "../../domain/ban-book.ts";
import { parseSubject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { openBook } from "../open-book.ts";
import {
  SAMPLE_START,
  sampleAt,
  sampleBan,
  sampleJail,
  sampleSubject,
} from "../sample-entries.fixture.ts";

const DAY = 86_400_000;

interface Opened {
  readonly book: BanBook;
  readonly time: { now: number };
}

function open(): Opened {
  const time = { now: SAMPLE_START };
  const clock = { now: (): Instant => instant(time.now), monotonic: (): number => 0 };
  return { book: openBook({ path: ":memory:", clock, emit: () => undefined }), time };
}

test("audit and history entries are deleted when they are older than the retention, to the millisecond", async () => {
  const { book, time } = open();
  await using _book = book;
  book.commit({ steps: [sampleBan(0, { until: sampleAt(1) })], cursors: [] });
  book.expire(sampleAt(1), 10);
  const kept = (): readonly [number, number] => [
    book.history({ limit: 10 }).length,
    book.audit({ limit: 10 }).filter(({ action }) => action === "ban").length,
  ];
  assert.deepEqual(kept(), [1, 1]);
  time.now = SAMPLE_START + 365 * DAY;
  await book.prune(instant(time.now), { windows: sampleAt(0), detectors: sampleAt(0) });
  assert.deepEqual(kept(), [1, 1]);
  time.now += 1;
  await book.prune(instant(time.now), { windows: sampleAt(0), detectors: sampleAt(0) });
  assert.deepEqual(kept(), [1, 0]);
  time.now += 1000;
  await book.prune(instant(time.now), { windows: sampleAt(0), detectors: sampleAt(0) });
  assert.deepEqual(kept(), [0, 0]);
});

test("past bans are sorted by end, then by start, newest first, over all pages", async () => {
  const { book } = open();
  await using _book = book;
  const many = Array.from({ length: 1100 }, (_, n) =>
    sampleBan(n, { until: sampleAt(n < 100 ? 20 : 10) }),
  );
  book.commit({ steps: many, cursors: [] });
  for (const now of [15, 30]) while (book.expire(sampleAt(now), 500).length > 0);
  const past = book.history({ limit: 2000 });
  assert.equal(past.length, 1100);
  assert.equal(past[0]?.subject, sampleSubject(99), "the newest of those that ended last");
  assert.equal(new Set(past.map(({ id }) => id)).size, 1100, "each once");
  const inOrder = past.toSorted((a, b) => b.ended - a.ended || b.id - a.id);
  assert.deepEqual(past, inOrder);
  assert.deepEqual(book.history({ limit: 600 }), past.slice(0, 600));
});

test("bans around an address are given by address, and of one address by jail", async () => {
  const { book } = open();
  await using _book = book;
  const jails = ["mail", "web", "ftp"].map(sampleJail);
  const steps = [2, 1].flatMap((n) => jails.map((jail) => sampleBan(n, { jail })));
  book.commit({ steps, cursors: [] });
  const network = parseSubject("10.0.0.0/24");
  assert.ok(network !== undefined);
  const told = (subject: Parameters<BanBook["bansOf"]>[0]): readonly string[] =>
    book.bansOf(subject).map((one) => `${one.subject} ${one.jail}`);
  assert.deepEqual(told(sampleSubject(1)), ["10.0.0.1 ftp", "10.0.0.1 mail", "10.0.0.1 web"]);
  assert.deepEqual(told(network), [
    ...["10.0.0.1 ftp", "10.0.0.1 mail", "10.0.0.1 web"],
    ...["10.0.0.2 ftp", "10.0.0.2 mail", "10.0.0.2 web"],
  ]);
});

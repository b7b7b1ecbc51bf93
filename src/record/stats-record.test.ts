/** Statistics in the database: what is saved, what survives, and that trouble with them stops nothing else. */
import assert from "node:assert/strict";
import { closeSync, cpSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import type { BanBook } from "../domain/ban-book.ts";
import { literalSubject } from "../domain/cidr.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { DAY_MS, HOUR_MS, type Stats } from "../domain/stats.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openBook } from "./open-book.ts";
import { sampleBan, sampleFailure } from "./sample-entries.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-stats-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Midnight in UTC. */
const DAY = 20_833;
const SSHD = { jail: "sshd", rule: "failed" };

function at(hours: number): Instant {
  return instant(DAY * DAY_MS + hours * HOUR_MS);
}

interface Opened {
  readonly book: BanBook;
  readonly time: { now: Instant };
  readonly events: TelemetryEvent[];
  readonly path: string;
}

function open(path: string): Opened {
  const time = { now: at(0) };
  const events: TelemetryEvent[] = [];
  const clock = { now: () => time.now, monotonic: () => 0 };
  const book = openBook({ path, clock, emit: (event) => void events.push(event) });
  return { book, time, events, path };
}

let files = 0;
function openFresh(): Opened {
  files++;
  return open(join(folder, `stats-${files}.db`));
}

function countsOf(book: BanBook, from = at(-48), to = at(48)): readonly string[] {
  const { counts } = book.stats.read({ from, to });
  return counts.map(
    ({ jail, rule, hour, counter, count }) =>
      `${hour - DAY * 24} ${jail} ${rule} ${counter} ${count}`,
  );
}

test("counts are added to those of the same day, and survive a restart", async () => {
  const { book, time, path } = openFresh();
  book.stats.count(SSHD, "failures", 2);
  time.now = at(3.5);
  book.stats.count(SSHD, "failures", 1);
  assert.equal(book.stats.save(), true);
  assert.equal(book.stats.save(), true);
  book.stats.count(SSHD, "failures", 4);
  await book[Symbol.asyncDispose]();
  await using again = open(path).book;
  assert.deepEqual(countsOf(again), ["0 sshd failed failures 2", "3 sshd failed failures 5"]);
  assert.deepEqual(countsOf(again, at(1), at(4)), ["3 sshd failed failures 5"]);
  assert.deepEqual(countsOf(again, at(1), at(3)), []);
});

test("a killed daemon loses what was not saved, and counts nothing twice", async () => {
  const { book, path } = openFresh();
  book.stats.count(SSHD, "failures", 2);
  book.stats.save();
  book.stats.count(SSHD, "failures", 9);
  const copy = `${path}.killed`;
  for (const end of ["", "-wal"]) cpSync(path + end, copy + end);
  await using again = open(copy).book;
  assert.deepEqual(countsOf(again), ["0 sshd failed failures 2"]);
  await book[Symbol.asyncDispose]();
});

test("the book counts bans that begin and end, but not self-tests", async () => {
  const { book, time } = openFresh();
  await using _book = book;
  const from = time.now;
  const until = instant(from + HOUR_MS);
  book.commit({
    steps: [
      sampleBan(1, { from, until }),
      sampleBan(1, { from, until }),
      sampleBan(2, { from, until, origin: "canary" }),
      sampleBan(3, { from, until: "forever", rule: "other" }),
    ],
    cursors: [],
  });
  book.expire(until, 100);
  book.close({}, { who: "root", reason: "" }, until);
  book.stats.save();
  assert.deepEqual(countsOf(book).toSorted(), [
    ...["0 sshd failed-password bans 1", "0 sshd failed-password unbans 1"],
    ...["0 sshd other bans 1", "0 sshd other unbans 1"],
  ]);
});

function topOf({ tops }: Stats, kind: string): readonly string[] {
  return tops
    .filter((top) => top.kind === kind)
    .flatMap(({ list }) => list.entries.map(({ key, count }) => `${key} ${count}`));
}

test("lists of a day are merged, and shortened two days later, without names typed once", async () => {
  const { book, time } = openFresh();
  await using _book = book;
  const fail = (n: number, user: string, count: number): void =>
    book.stats.countTop(literalSubject(`192.0.2.${n}`), user, count);
  for (let n = 1; n <= 40; n++) fail(n, n === 1 ? "root" : `my-password-${n}`, 1);
  book.stats.save();
  fail(1, "root", 5);
  book.stats.save();
  const period = { from: at(0), to: at(1) };
  assert.equal(topOf(book.stats.read(period), "address")[0], "192.0.2.1 6");
  assert.equal(topOf(book.stats.read(period), "address").length, 40);
  const prune = (): Promise<void> =>
    book.prune(time.now, { windows: time.now, detectors: time.now });
  time.now = at(47);
  await prune();
  assert.equal(topOf(book.stats.read(period), "user").length, 40);
  time.now = at(48);
  await prune();
  const read = book.stats.read(period);
  assert.equal(topOf(read, "address").length, 32);
  assert.deepEqual(topOf(read, "user"), ["root 6"]);
  const user = read.tops.find(({ kind }) => kind === "user");
  assert.equal(user?.list.floor, 1, "each of the others was typed at most once");
});

test("runs are extended, over a short restart, and not over a longer one", async () => {
  const { book } = openFresh();
  await using _book = book;
  const run = (from: number, to: number, countsDrops = true): void => {
    book.stats.noteRun({ jail: "sshd", from: at(from), to: at(to), countsDrops });
    book.stats.save();
  };
  run(0, 1);
  run(1, 2);
  run(2.01, 3);
  run(3.1, 4);
  run(4, 5, false);
  // The clock was set back.
  run(3.5, 4);
  const { runs } = book.stats.read({ from: at(-10), to: at(10) });
  assert.deepEqual(
    runs.map(({ from, to, countsDrops }) => [from, to, countsDrops]),
    [
      [at(0), at(3), true],
      [at(3.1), at(4), true],
      [at(4), at(5), false],
    ],
  );
});

test("what is older than two years is deleted", async () => {
  const { book, time, path } = openFresh();
  book.stats.count(SSHD, "failures", 1);
  book.stats.countTop(literalSubject("192.0.2.7"), "root", 3);
  book.stats.noteRun({ jail: "sshd", from: at(0), to: at(1), countsDrops: true });
  book.stats.noteChange({ jail: "sshd", at: at(0), state: "blind", cause: "no-file" });
  book.stats.save();
  const rows = (): readonly number[] => {
    const database = new DatabaseSync(path, { readOnly: true });
    const tables = ["days", "series", "tops", "runs", "changes"];
    const found = tables.map((name) =>
      Number(database.prepare(`SELECT count(*) AS n FROM stats_${name}`).get()?.["n"]),
    );
    database.close();
    return found;
  };
  const prune = (): Promise<void> =>
    book.prune(time.now, { windows: time.now, detectors: time.now });
  time.now = at(730 * 24);
  await prune();
  assert.deepEqual(rows(), [1, 1, 3, 1, 1]);
  time.now = at(731 * 24 + 1);
  await prune();
  assert.deepEqual(rows(), [0, 0, 0, 0, 0]);
  await book[Symbol.asyncDispose]();
});

test("state changes are bounded, the oldest are deleted first", async () => {
  const { book, time } = openFresh();
  await using _book = book;
  for (let n = 0; n < 20_500; n++) {
    book.stats.noteChange({ jail: "sshd", at: instant(at(0) + n), state: "blind", cause: "x" });
    if (n % 500 === 499) book.stats.save();
  }
  await book.prune(time.now, { windows: time.now, detectors: time.now });
  const { changes } = book.stats.read({ from: at(0), to: at(1) });
  assert.deepEqual([changes.length, changes[0]?.at], [20_000, at(0) + 500]);
});

test("the state of each jail before a time is the last one that was recorded", async () => {
  const { book } = openFresh();
  await using _book = book;
  for (const [jail, hour, state] of [
    ["sshd", 1, "starting"],
    ["sshd", 2, "protecting"],
    ["nginx", 3, "blind"],
    ["sshd", 5, "degraded"],
  ] as const)
    book.stats.noteChange({ jail, at: at(hour), state, cause: undefined });
  book.stats.save();
  const before = (hour: number): readonly string[] =>
    book.stats.statesBefore(at(hour)).map(({ jail, state }) => `${jail} ${state}`);
  assert.deepEqual(before(1), []);
  assert.deepEqual(before(5), ["sshd protecting", "nginx blind"]);
  assert.deepEqual(before(6), ["nginx blind", "sshd degraded"]);
});

test("damaged rows are left out, reported once, and replaced by what is counted next", async () => {
  const { book, events, path } = openFresh();
  await using _book = book;
  book.stats.count(SSHD, "failures", 1);
  book.stats.countTop(literalSubject("192.0.2.7"), undefined, 1);
  book.stats.save();
  const other = new DatabaseSync(path);
  other.exec("UPDATE stats_days SET hours = '1 -2'; UPDATE stats_tops SET list = '{'");
  other.close();
  for (let n = 0; n < 2; n++) assert.deepEqual(countsOf(book), []);
  assert.deepEqual(
    events.map(({ event }) => event),
    ["record-row-unreadable", "record-row-unreadable"],
  );
  book.stats.count(SSHD, "failures", 2);
  book.stats.countTop(literalSubject("192.0.2.7"), undefined, 4);
  assert.equal(book.stats.save(), true);
  assert.deepEqual(countsOf(book), ["0 sshd failed failures 2"]);
  assert.deepEqual(topOf(book.stats.read({ from: at(0), to: at(1) }), "address"), ["192.0.2.7 4"]);
});

test("when statistics cannot be written, bans are, and the counts are saved later", async () => {
  const { book, events, path } = openFresh();
  await using _book = book;
  book.stats.count(SSHD, "failures", 1);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  assert.equal(book.stats.save(), false);
  assert.equal(book.stats.save(), false);
  other.exec("ROLLBACK");
  other.close();
  assert.deepEqual(
    events.map(({ event }) => event),
    ["stats-not-saved"],
  );
  book.commit({ steps: [sampleFailure(1), sampleBan(1)], cursors: [] });
  assert.deepEqual(book.status(), { state: "ok" });
  assert.equal(book.stats.save(), true);
  assert.ok(countsOf(book).includes("0 sshd failed failures 1"));
});

test("damaged pages of the statistics stop neither bans nor the counting", async () => {
  const { book, path } = openFresh();
  book.stats.count(SSHD, "failures", 1);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  await book[Symbol.asyncDispose]();
  const database = new DatabaseSync(path);
  const root = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'stats_days'");
  const page = Number(root.get()?.["rootpage"]);
  database.close();
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, (page - 1) * 4096);
  closeSync(file);
  const damaged = open(path);
  await using again = damaged.book;
  again.stats.count(SSHD, "failures", 1);
  assert.equal(again.stats.save(), false);
  await again.prune(damaged.time.now, { windows: at(0), detectors: at(0) });
  assert.throws(() => countsOf(again), { code: "stats-unreadable" });
  assert.deepEqual(
    damaged.events.map(({ event }) => event),
    ["stats-not-saved"],
  );
  again.commit({ steps: [sampleBan(2)], cursors: [{ key: "log", value: "6" }] });
  assert.equal([...again.activeBans({})].length, 2);
  assert.deepEqual(again.status(), { state: "ok" });
});

test("ten jails, each with four busy rules in every hour, take less than 1 MB in a fifth of a year", async () => {
  const { book, time, path } = openFresh();
  const jails = Array.from({ length: 10 }, (_, n) => `jail-${n}`);
  for (let day = 0; day < 73; day++) {
    for (let hour = 0; hour < 24; hour++) {
      time.now = at(24 * day + hour);
      for (const jail of jails) {
        for (let rule = 0; rule < 4; rule++) {
          book.stats.count({ jail, rule: `rule-${rule}` }, "failures", 100 + ((hour * 7) % 90));
          if (rule === 0)
            for (const counter of ["offenses", "bans", "unbans"] as const)
              book.stats.count({ jail, rule: "rule-0" }, counter, 10 + (hour % 9));
        }
        for (const counter of ["unrecognized", "dropped"] as const)
          book.stats.count({ jail, rule: "" }, counter, 1000 + hour);
      }
      for (let n = 0; n < 40; n++)
        book.stats.countTop(literalSubject(`10.${n}.${day % 250}.${hour}`), `user-${n}-${day}`, 9);
    }
    for (const jail of jails)
      book.stats.noteRun({ jail, from: at(24 * day), to: at(24 * day + 23), countsDrops: true });
    book.stats.save();
    await book.prune(time.now, { windows: time.now, detectors: time.now });
  }
  await book.prune(at(24 * 400), { windows: time.now, detectors: time.now });
  await book[Symbol.asyncDispose]();
  const bytes = statSync(path).size;
  assert.ok(bytes > 200_000, `only ${bytes} bytes: nothing was counted`);
  assert.ok(bytes < 1_000_000, `${bytes} bytes`);
});

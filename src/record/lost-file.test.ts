import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { BanBook } from "../domain/ban-book.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { removeCompanions, writeAgain } from "./lost-file.ts";
import { openBook } from "./open-book.ts";
import { openDatabase } from "./open-database.ts";
import { sampleAt, sampleBan, sampleFailure } from "./sample-entries.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-lost-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));
const clock = { now: () => sampleAt(0), monotonic: () => 0 };

function open(path: string, events: TelemetryEvent[] = []): BanBook {
  return openBook({ path, clock, emit: (event) => void events.push(event) });
}

function subjects(book: BanBook): number {
  return [...book.activeBans({})].length;
}

test("a removed database is written again, complete and private to its owner", async () => {
  const state = join(folder, "removed");
  const path = join(state, "book.db");
  const events: TelemetryEvent[] = [];
  {
    await using book = open(path, events);
    book.commit({ steps: [sampleFailure(1), sampleBan(1)], cursors: [{ key: "log", value: "5" }] });
    book.keepFile();
    assert.deepEqual(events, []);
    rmSync(state, { recursive: true });
    book.commit({ steps: [sampleBan(2)], cursors: [] });
    book.keepFile();
    assert.deepEqual(
      events.map(({ event }) => event),
      ["record-failed", "record-recovered"],
    );
    assert.deepEqual(book.status(), { state: "ok" });
    book.commit({ steps: [sampleBan(3)], cursors: [] });
    book.keepFile();
    assert.equal(events.length, 2);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
  assert.deepEqual(readdirSync(state), ["book.db"]);
  await using again = open(path);
  assert.equal(subjects(again), 3);
  assert.equal(again.cursor("log")?.value, "5");
  assert.equal((await again.verifyAudit()).intact, true);
});

test("after a kill right after that, the next start uses the new file only", () => {
  const path = join(folder, "killed.db");
  const { database } = openDatabase(path, sampleAt(0));
  rmSync(path);
  assert.ok(existsSync(`${path}-wal`));
  writeAgain(database, path, () => removeCompanions(path));
  assert.ok(existsSync(path));
  for (const companion of ["-wal", "-shm"]) assert.ok(!existsSync(`${path}${companion}`));
  database.close();
});

test("until it can be written again, the book reports the loss", async () => {
  const state = join(folder, "unwritable");
  const path = join(state, "book.db");
  const events: TelemetryEvent[] = [];
  await using book = open(path, events);
  renameSync(state, `${state}.away`);
  writeFileSync(state, "no folder");
  for (let look = 0; look < 3; look++) book.keepFile();
  const status = book.status();
  assert.ok(status.state === "degraded");
  assert.match(status.reason, /was removed/);
  assert.equal(events.length, 1);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  rmSync(state);
  book.keepFile();
  assert.deepEqual(book.status(), { state: "ok" });
  assert.equal(subjects(book), 1);
});

test("a removed write-ahead log loses nothing", async () => {
  const path = join(folder, "wal.db");
  const events: TelemetryEvent[] = [];
  await using book = open(path, events);
  book.commit({ steps: [sampleBan(1)], cursors: [] });
  book.keepFile();
  assert.deepEqual(events, []);
  rmSync(`${path}-wal`);
  book.commit({ steps: [sampleBan(2)], cursors: [] });
  book.keepFile();
  assert.deepEqual(
    events.map(({ event }) => event),
    ["record-failed", "record-recovered"],
  );
  assert.deepEqual(book.status(), { state: "ok" });
  // Another connection sees what would be left after a kill.
  await using copy = open(path);
  assert.equal(subjects(copy), 2);
});

test("another file in its place is not changed, and is reported", async () => {
  const state = join(folder, "other");
  const path = join(state, "book.db");
  mkdirSync(state);
  await using book = open(path);
  rmSync(path);
  writeFileSync(path, "a backup");
  book.keepFile();
  const status = book.status();
  assert.ok(status.state === "degraded");
  assert.match(status.reason, /another file/);
  assert.equal(statSync(path).size, "a backup".length);
});

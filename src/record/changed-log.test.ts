/** Another program changes the write-ahead log or the index of the open database. */
import assert from "node:assert/strict";
import { readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { BanBook } from "../domain/ban-book.ts";
import { checkpoint, fill, open, subjects } from "./open-file.fixture.ts";
import { sampleAt, sampleBan } from "./sample-entries.fixture.ts";

type Use = readonly [string, (book: BanBook) => unknown];

/** What the daemon may do first after the files were changed. */
const USES: readonly Use[] = [
  ["write", (book) => void book.commit({ steps: [sampleBan(60)], cursors: [] })],
  ["read", (book) => book.countBans()],
  ["walk", (book) => [...book.activeBans({})]],
  ["stats", (book) => book.stats.save()],
  ["stats-read", (book) => book.stats.read({ from: sampleAt(0), to: sampleAt(1) })],
  ["look", (book) => book.keepFile()],
  ["close", () => undefined],
];

function emptyAll(path: string): void {
  for (const end of ["", "-wal", "-shm"]) truncateSync(path + end);
}

describe("an index that another program cuts while it is open", () => {
  for (const [name, use] of USES) {
    for (const size of [0, 4096]) {
      it(`does not end the process at its next access (${name}, cut to ${size} bytes)`, async () => {
        const id = `index-${name}-${size}`;
        {
          await using fixture = open(id);
          const { book, path, events } = fixture;
          fill(book, 50);
          await sleep(2);
          truncateSync(`${path}-shm`, size);
          use(book);
          await book[Symbol.asyncDispose]();
          assert.deepEqual(
            events.map(({ event }) => event),
            ["record-failed", "record-recovered"],
          );
        }
        await using again = open(id);
        assert.deepEqual(again.events, []);
        assert.equal(subjects(again.book), name === "write" ? 51 : 50);
        assert.equal((await again.book.verifyAudit()).intact, true);
      });
    }
  }

  it("keeps SQLite's lock, without which the next program to open it would empty it", async () => {
    await using fixture = open("index-lock");
    const { book, path } = fixture;
    const isLocked = (): boolean =>
      readFileSync("/proc/locks", "utf8").includes(`:${statSync(`${path}-shm`).ino} `);
    fill(book, 50);
    assert.ok(isLocked());
    truncateSync(`${path}-shm`);
    fill(book, 1);
    assert.ok(isLocked());
  });

  it("is made again where everything else is lost, and the loss is reported", async () => {
    await using fixture = open("all-emptied");
    const { book, path, events, next } = fixture;
    fill(book, 50);
    await checkpoint(book);
    const replaced = next("record-replaced");
    await sleep(2);
    emptyAll(path);
    assert.equal(subjects(book), 0);
    assert.equal(events.at(-1)?.event, "record-failed");
    fill(book, 3);
    await replaced;
    assert.equal(subjects(book), 3);
    assert.deepEqual(book.status(), { state: "ok" });
  });
});

describe("a write-ahead log that another program overwrites while it is open", () => {
  for (const [name, use] of USES) {
    it(`is not copied into the database (${name})`, async () => {
      const id = `log-${name}`;
      {
        await using fixture = open(id);
        const { book, path, events } = fixture;
        fill(book, 50);
        writeFileSync(`${path}-wal`, "x".repeat(statSync(`${path}-wal`).size));
        use(book);
        await book[Symbol.asyncDispose]();
        const [event, ...others] = events;
        assert.ok(event?.event === "record-replaced", JSON.stringify(events));
        assert.match(event.reason, /^another program wrote to the write-ahead log/);
        assert.deepEqual(others, []);
      }
      await using again = open(id);
      assert.deepEqual(again.events, []);
      assert.equal(subjects(again.book), name === "write" ? 51 : 50);
    });
  }

  it("is kept if only its time changed", async () => {
    await using fixture = open("log-touched");
    fill(fixture.book, 50);
    utimesSync(`${fixture.path}-wal`, 1, 1);
    fill(fixture.book, 0);
    fixture.book.keepFile();
    assert.deepEqual(fixture.events, []);
  });
});

describe("a write-ahead log that another program empties while it is open", () => {
  it("is noticed at a read of what it had, before the next look", async () => {
    await using fixture = open("log-read");
    const { book, path, events } = fixture;
    // More than SQLite keeps in memory.
    for (let n = 0; n < 100; n++) fill(book, 100 + n);
    const reason = "x".repeat(900);
    const steps = Array.from({ length: 4000 }, (_, n) => sampleBan(n, { reason }));
    book.commit({ steps, cursors: [] });
    truncateSync(`${path}-wal`);
    assert.ok(Array.isArray(book.audit({ limit: 100_000 })));
    assert.equal(events[0]?.event, "record-failed");
    book.commit({ steps: [sampleBan(5000)], cursors: [{ key: "log", value: "6" }] });
    assert.ok(subjects(book) > 0);
  });

  it("is noticed by a stop", async () => {
    {
      await using fixture = open("log-stop");
      fill(fixture.book, 50);
      truncateSync(`${fixture.path}-wal`);
    }
    await using again = open("log-stop");
    assert.deepEqual(again.events, []);
    assert.equal(subjects(again.book), 50);
  });

  it("is noticed before rows in memory are written behind its end", async () => {
    {
      await using fixture = open("log-held");
      const { book, path, events, next } = fixture;
      fill(book, 50);
      const other = new DatabaseSync(path);
      other.exec("BEGIN IMMEDIATE");
      book.commit({ steps: [sampleBan(60)], cursors: [] });
      assert.equal(events[0]?.event, "record-failed");
      // As somebody does who needs space on a full disk.
      truncateSync(`${path}-wal`);
      const recovered = next("record-recovered");
      other.close();
      await recovered;
      assert.ok(events.some(({ event }) => event === "record-replaced"));
    }
    await using again = open("log-held");
    assert.deepEqual(again.events, []);
    assert.equal(subjects(again.book), 51);
  });
});

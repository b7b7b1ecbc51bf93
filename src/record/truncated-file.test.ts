import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import type { BookStep } from "../domain/ban-book.ts";
import {
  checkpoint,
  clock,
  fill,
  folder,
  open,
  reopen,
  setAsideFiles,
  subjects,
} from "./open-file.fixture.ts";
import { OpenFile } from "./open-file.ts";
import { createEnforcerViews } from "./tables/enforcer-views.ts";
import { openDatabase } from "./open-database.ts";
import { sampleAt, sampleBan, sampleFailure, sampleSubject } from "./sample-entries.fixture.ts";

/** More than SQLite keeps in memory. */
function manyPages(): readonly BookStep[] {
  const reason = "x".repeat(900);
  return Array.from({ length: 4000 }, (_, n) => sampleBan(n, { reason }));
}

describe("a database that another program truncates while it is open", () => {
  const truncations: readonly (readonly [string, (path: string) => void, RegExp])[] = [
    ["emptied", (path) => truncateSync(path), /the database file was emptied/],
    ["cut-inside-the-header", (path) => truncateSync(path, 50), /cut from \d+ to 50 bytes/],
    ["cut-in-the-middle", (path) => truncateSync(path, 8192), /cut from \d+ to 8192 bytes/],
    ["log-emptied", (path) => truncateSync(`${path}-wal`), /write-ahead log .* was emptied/],
    ["log-cut", (path) => truncateSync(`${path}-wal`, 5000), /write-ahead log .* was cut/],
  ];
  for (const [name, truncate, expected] of truncations) {
    it(`(${name}) is written again from memory`, async () => {
      {
        await using fixture = open(name);
        const { book, path, events } = fixture;
        fill(book, 50);
        // As the daemon does in a pause, so that the file has pages to lose.
        await checkpoint(book);
        book.commit({ steps: [sampleBan(50)], cursors: [] });
        truncate(path);
        book.keepFile();
        const [event, ...others] = events;
        assert.ok(event?.event === "record-replaced", JSON.stringify(events));
        assert.match(event.reason, expected);
        assert.deepEqual(others, []);
        assert.ok(existsSync(event.path));
        assert.deepEqual(book.status(), { state: "ok" });
        book.commit({ steps: [sampleBan(51)], cursors: [] });
        assert.equal(statSync(path).mode & 0o777, 0o600);
      }
      await using again = open(name);
      assert.deepEqual(again.events, []);
      assert.equal(subjects(again.book), 52);
      assert.equal(again.book.cursor("log")?.value, "5");
      assert.equal((await again.book.verifyAudit()).intact, true);
    });
  }

  it("keeps what can still be read when pages are lost, and reports it", async () => {
    {
      await using fixture = await reopen("pages-lost", manyPages());
      const { book, path, events, next } = fixture;
      truncateSync(path, Math.floor(statSync(path).size / 16384) * 4096);
      const recovered = next("record-recovered");
      book.keepFile();
      assert.equal(book.status().state, "degraded");
      book.commit({ steps: [sampleBan(30_000)], cursors: [{ key: "log", value: "6" }] });
      await recovered;
      assert.deepEqual(
        events.map(({ event }) => event),
        ["record-failed", "record-replaced", "record-recovered"],
      );
      assert.equal(setAsideFiles(path).length, 1);
    }
    await using again = open("pages-lost");
    const found = subjects(again.book);
    assert.ok(found > 100 && found < 4000, String(found));
    assert.ok([...again.book.activeBans({})].some((ban) => ban.subject === "10.0.117.48"));
    assert.equal(again.book.cursor("log")?.value, "6");
    assert.equal((await again.book.verifyAudit()).intact, true);
    // Numbers of bans and failures that are known no more are not used again.
    fill(again.book, 10);
  });

  it("keeps the newest failures, evidence and past bans that can be read, and audits the loss", async () => {
    const name = "rows-rescued";
    const began = sampleBan(3);
    assert.ok(began.kind === "ban");
    const ended: BookStep = { kind: "past", ban: began.ban, ended: sampleAt(1), by: "expiry" };
    const failures = Array.from({ length: 3 }, (_, n) =>
      sampleFailure(n, { subject: sampleSubject(9), at: sampleAt(n) }),
    );
    let id: number | undefined;
    {
      await using fixture = await reopen(name, manyPages());
      const { book, path, next } = fixture;
      const steps = [sampleFailure(4500), sampleBan(4500), ended, ...failures];
      id = book.commit({ steps, cursors: [] })[0]?.ban.id;
      const recovered = next("record-recovered");
      truncateSync(path, 8192);
      book.keepFile();
      await recovered;
      book.commit({ steps: [sampleFailure(6)], cursors: [] });
    }
    await using again = open(name);
    const { book } = again;
    assert.deepEqual(
      [...book.failuresSince(sampleAt(0))].map(({ subject, at }) => [subject, at]),
      [...[0, 1, 2].map((n) => [sampleSubject(9), sampleAt(n)]), [sampleSubject(6), sampleAt(6)]],
    );
    assert.equal(book.evidence(id ?? -1).length, 1);
    assert.equal(book.history({ limit: 10 }).length, 1);
    const [entry] = book.audit({ limit: 10 });
    assert.equal(entry?.action, "record-replaced");
    assert.match(
      entry.detail,
      /cut from \d+ to 8192 bytes .*; earlier entries are in \/.*damaged-/,
    );
  });

  it("is noticed before a write to an emptied log hides it", async () => {
    await using fixture = open("log-hidden");
    const { book, path, events } = fixture;
    fill(book, 50);
    truncateSync(`${path}-wal`);
    book.commit({ steps: [sampleBan(60)], cursors: [] });
    assert.equal(events[0]?.event, "record-replaced");
    assert.equal(subjects(book), 51);
  });

  it("is not filled up with the log by a checkpoint", () => {
    const path = join(folder, "checkpoint.db");
    const file = new OpenFile({
      path,
      views: createEnforcerViews(),
      clock,
      emit: () => assert.fail(),
    });
    file.checkpoint();
    file.write(() => file.tables.facts.save("a", "b"));
    truncateSync(path);
    file.checkpoint();
    assert.equal(statSync(path).size, 0);
    file.close();
  });

  it("is replaced once the new file can be written, and set aside once", async () => {
    await using fixture = await reopen("no-place", [sampleBan(1)]);
    const { book, path, next } = fixture;
    truncateSync(path);
    mkdirSync(`${path}.new`);
    book.keepFile();
    for (let attempt = 0; attempt < 2; attempt++) await next("record-failed");
    assert.equal(book.status().state, "degraded");
    assert.deepEqual(setAsideFiles(path), []);
    const recovered = next("record-recovered");
    rmdirSync(`${path}.new`);
    await recovered;
    assert.equal(setAsideFiles(path).length, 1);
    assert.deepEqual(book.status(), { state: "ok" });
    assert.equal(subjects(book), 2);
  });
});

describe("a database to which another program writes while it is open", () => {
  it("is written again if its content is another", async () => {
    await using fixture = await reopen("overwritten", [sampleBan(1), sampleFailure(2)]);
    const { book, path, events, next } = fixture;
    const { size } = statSync(path);
    const recovered = next("record-recovered");
    writeFileSync(path, "no database ".repeat(size / 12 + 1));
    book.keepFile();
    const [event] = events;
    assert.ok(event?.event === "record-failed", JSON.stringify(events));
    assert.match(event.reason, /another program wrote to the database file: the file is not a/);
    await recovered;
    assert.equal(subjects(book), 2);
    assert.match(readFileSync(join(dirname(path), setAsideFiles(path)[0] ?? ""), "utf8"), /^no d/);
  });

  it("is kept if only its time changed", async () => {
    await using fixture = await reopen("touched", [sampleBan(1), sampleFailure(2)]);
    utimesSync(fixture.path, 1, 1);
    for (let look = 0; look < 2; look++) fixture.book.keepFile();
    assert.deepEqual(fixture.events, []);
  });

  it("is written again if its index was removed", async () => {
    await using fixture = await reopen("index", [sampleBan(1), sampleFailure(2)]);
    const { book, path, events } = fixture;
    book.keepFile();
    rmSync(`${path}-shm`);
    book.keepFile();
    assert.deepEqual(
      events.map(({ event }) => event),
      ["record-failed", "record-recovered"],
    );
    assert.equal(subjects(book), 2);
    assert.ok(existsSync(`${path}-shm`));
  });
});

it("a database that was emptied before a start is reported, and its log is kept", () => {
  const path = join(folder, "before.db");
  openDatabase(path, sampleAt(0)).database.close();
  truncateSync(path);
  writeFileSync(`${path}-wal`, "the newest bans");
  const { database, replaced } = openDatabase(path, sampleAt(0));
  database.close();
  assert.equal(replaced?.reason, "the file was emptied");
  assert.equal(readFileSync(`${replaced?.path}-wal`, "utf8"), "the newest bans");
});

import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";
import type { BanBook } from "../domain/ban-book.ts";
import { duration } from "../domain/duration.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openBook } from "./open-book.ts";
import { openDatabase } from "./open-database.ts";
import { sampleAt, sampleBan, sampleFailure } from "./sample-entries.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-damaged-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));
const clock = { now: () => sampleAt(0), monotonic: () => 0 };

function open(path: string, events: TelemetryEvent[]): BanBook {
  const retry = { first: duration(10), longest: duration(10) };
  return openBook({ path, clock, emit: (event) => void events.push(event), retry });
}

async function filled(name: string): Promise<string> {
  const path = join(folder, `${name}.db`);
  await using book = open(path, []);
  const steps = Array.from({ length: 2000 }, (_, n) => [sampleFailure(n), sampleBan(n)]).flat();
  book.commit({ steps, cursors: [{ key: "log", value: "5" }] });
  book.commit({ steps: Array.from({ length: 2000 }, (_, n) => sampleFailure(n)), cursors: [] });
  return path;
}

describe("a damaged database file", () => {
  const damages: readonly (readonly [string, (path: string) => void])[] = [
    ["garbage", (path) => writeFileSync(path, "this is no database, it is a letter\n".repeat(500))],
    ["cut-in-half", (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2))],
    ["cut-to-the-header", (path) => truncateSync(path, 100)],
    ["cut-inside-the-header", (path) => truncateSync(path, 50)],
    ["emptied", (path) => truncateSync(path)],
    [
      "overwritten-inside",
      (path) => {
        const file = openSync(path, "r+");
        const noise = Buffer.alloc(4096, 0xa5);
        for (let page = 2; page < 60; page++) writeSync(file, noise, 0, 4096, page * 4096);
      },
    ],
  ];
  for (const [name, damage] of damages) {
    it(`(${name}) is set aside under a dated name and a new one started`, async () => {
      const path = await filled(name);
      damage(path);
      const events: TelemetryEvent[] = [];
      await using book = open(path, events);
      assert.equal(events[0]?.event, "record-replaced");
      const aside = readdirSync(folder).filter((file) =>
        file.startsWith(`${name}.db.damaged-2027-`),
      );
      assert.equal(aside.length, 1);
      assert.deepEqual([...book.activeBans({})], []);
      book.commit({ steps: [sampleBan(1)], cursors: [] });
      assert.equal([...book.activeBans({})].length, 1);
      assert.deepEqual(book.status(), { state: "ok" });
    });
  }

  it("is set aside eight times at most: the first four and the latest four are kept", () => {
    const path = join(folder, "often.db");
    const paths = Array.from({ length: 11 }, (_, n) => {
      writeFileSync(path, "");
      writeFileSync(`${path}-wal`, `log ${n}`);
      const { database, replaced } = openDatabase(path, sampleAt(n));
      database.close();
      return replaced?.path ?? "";
    });
    const kept = [...paths.slice(0, 4), ...paths.slice(-4)].flatMap((one) => [one, `${one}-wal`]);
    assert.deepEqual(
      readdirSync(folder)
        .filter((name) => name.startsWith("often.db.damaged-"))
        .sort(),
      kept.map((one) => basename(one)).sort(),
    );
    assert.equal(readFileSync(`${paths[0]}-wal`, "utf8"), "log 0");
  });

  it("a truncated write-ahead log loses only its incomplete end", async () => {
    const path = join(folder, "wal.db");
    await using book = open(path, []);
    book.commit({ steps: [sampleBan(1)], cursors: [{ key: "log", value: "1" }] });
    book.commit({ steps: [sampleBan(2)], cursors: [{ key: "log", value: "2" }] });
    const copy = join(folder, "wal-copy.db");
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    truncateSync(`${copy}-wal`, readFileSync(`${copy}-wal`).length - 100);
    await using again = open(copy, []);
    assert.equal([...again.activeBans({})].length, 1);
    assert.equal(again.cursor("log")?.value, "1");
  });

  it("found while running is replaced from memory", async () => {
    const path = await filled("running");
    const events: TelemetryEvent[] = [];
    const book = open(path, events);
    const file = openSync(path, "r+");
    const size = readFileSync(path).length;
    const noise = Buffer.alloc(size - 4096, 0xa5);
    writeSync(file, noise, 0, noise.length, 4096);
    // Not in the page cache of the connection, so the damage is read.
    assert.doesNotThrow(() => book.history({ limit: 10 }));
    book.commit({ steps: [sampleBan(5000)], cursors: [{ key: "log", value: "6" }] });
    assert.ok([...book.activeBans({})].some((ban) => ban.subject === "10.0.19.136"));
    await book[Symbol.asyncDispose]();
    assert.deepEqual(
      events.map((event) => event.event),
      ["record-failed", "record-replaced", "record-recovered"],
    );
    await using again = open(path, []);
    assert.ok([...again.activeBans({})].some((ban) => ban.subject === "10.0.19.136"));
    assert.equal(again.cursor("log")?.value, "6");
    assert.equal((await again.verifyAudit()).intact, true);
  });
});

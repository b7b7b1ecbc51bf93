/** A small tmpfs, filled completely: no decision is lost, and everything is saved when there is space. */
import { codeOf } from "../domain/thrown-error.ts";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import type { BanBook } from "../domain/ban-book.ts";
import { duration } from "../domain/duration.ts";
import { parseIp } from "../domain/ip.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openBook } from "./open-book.ts";
import {
  openSampleView,
  sampleAt,
  sampleBan,
  sampleFailure,
  sampleJail,
  sampleSubject,
} from "./sample-entries.fixture.ts";

const SSHD = sampleJail("sshd");
const clock = { now: () => sampleAt(0), monotonic: () => 0 };
const BOUND_MS = 60_000;

interface Opened extends AsyncDisposable {
  readonly book: BanBook;
  readonly events: TelemetryEvent[];
  /** Resolves at the next event of this name. */
  until(name: TelemetryEvent["event"]): Promise<void>;
}

function open(path: string): Opened {
  const events: TelemetryEvent[] = [];
  const waits: { name: string; resolve: () => void }[] = [];
  const emit = (event: TelemetryEvent): void => {
    events.push(event);
    for (const wait of waits) if (wait.name === event.event) wait.resolve();
  };
  const retry = { first: duration(20), longest: duration(50) };
  const book = openBook({ path, clock, emit, retry });
  return {
    book,
    events,
    until: (name) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`no ${name} in time`)), BOUND_MS);
        waits.push({
          name,
          resolve: () => {
            clearTimeout(late);
            resolve();
          },
        });
      }),
    [Symbol.asyncDispose]: () => book[Symbol.asyncDispose](),
  };
}

describe("on a disk that fills up", () => {
  const mount = mkdtempSync(join(tmpdir(), `bailiff-full-${process.pid}-`));
  before(() =>
    execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", mount]),
  );
  after(() => {
    execFileSync("/bin/umount", ["-l", mount]);
    rmdirSync(mount);
  });
  const filler = join(mount, "filler");
  const fill = (): void => {
    const file = openSync(filler, "w");
    try {
      for (const size of [65_536, 4096, 512]) fillWith(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  };
  const commitUntilDegraded = (book: BanBook, from: number): number => {
    for (let n = from; n < from + 5000; n++) {
      book.commit({
        steps: [sampleFailure(n), sampleFailure(n), sampleBan(n)],
        cursors: [{ key: "log", value: String(n) }],
      });
      if (book.status().state === "degraded") return n;
    }
    throw new Error("the disk never was full");
  };

  it("no ban is lost: bans are kept in memory, and saved when there is space", async () => {
    const path = join(mount, "one", "bailiff.db");
    await using opened = open(path);
    const { book, events } = opened;
    const view = openSampleView(book);
    const typing = [sampleFailure(901, { user: "alice" }), sampleFailure(901, { user: "bob" })];
    book.commit({ steps: [sampleBan(0), sampleFailure(900), ...typing], cursors: [] });
    view.beginChanges()([{ subject: sampleSubject(0), scope: ALL_PORTS }]);
    fill();
    const last = commitUntilDegraded(book, 1);
    // The entry whose write failed is there, and more follow.
    assert.equal(book.ban(SSHD, sampleSubject(last))?.state, "pending");
    assert.ok(events.some((event) => event.event === "record-failed"));
    const id = book.ban(SSHD, sampleSubject(last))?.id ?? -1;
    assert.equal(book.evidence(id).length, 2);
    const end = last + 300;
    for (let n = last + 1; n <= end; n++) {
      book.commit({
        steps: [sampleFailure(n), sampleBan(n)],
        cursors: [{ key: "log", value: String(n) }],
      });
    }
    assert.equal(book.ban(SSHD, sampleSubject(0))?.state, "enforced");
    assert.equal([...book.activeBans({})].length, end + 1);
    assert.equal([...view.desiredBlocks(sampleAt(0))].length, end + 1);
    assert.equal(book.cursor("log")?.value, String(end));
    // A failure recorded before the disk was full is spent by a ban kept in memory.
    book.commit({ steps: [sampleFailure(900), sampleBan(900)], cursors: [] });
    assert.equal(book.evidence(book.ban(SSHD, sampleSubject(900))?.id ?? -1).length, 2);
    // A login also removes the account's failures; those of others stay.
    const place = { subject: sampleSubject(901), jail: SSHD, account: "alice" };
    const ip = parseIp(sampleSubject(901));
    assert.ok(ip !== undefined);
    const login = { ...place, filter: "sshd", ip, ports: [1], method: "key", times: 1 } as const;
    const steps = [
      { kind: "login", ...login, at: sampleAt(0) },
      { kind: "forgiven", ...place },
    ] as const;
    book.commit({ steps, cursors: [] });
    assert.equal(book.loginsFrom(sampleSubject(901), sampleAt(0)).length, 1);
    assert.deepEqual(usersOf(book), ["bob"]);
    assert.equal([...book.failuresSince(sampleAt(900))].length, 1);
    assert.equal(book.expire(sampleAt(3600), 10).length, 1);
    assert.equal(book.earlierBans(sampleSubject(0), "all", sampleAt(0)), 1);
    book.close({ subject: sampleSubject(end) }, { who: "uid 0", reason: "" }, sampleAt(1));
    const status = book.status();
    assert.ok(status.state === "degraded" && status.unsaved >= 300 && status.dropped === 0);
    assert.match(status.reason, /disk is full/);
    assert.equal((await book.verifyAudit()).intact, true);

    const recovered = opened.until("record-recovered");
    rmSync(filler);
    // There is 1 MiB in all: give the merge room by forgetting nothing, only removing the filler.
    await recovered;
    assert.deepEqual(book.status(), { state: "ok" });
    const ids = [...book.activeBans({})].map((ban) => ban.id);
    assert.equal(ids.length, end);
    assert.equal(new Set(ids).size, end);
    await opened.book[Symbol.asyncDispose]();

    await using again = open(path);
    assert.deepEqual(
      [...again.book.activeBans({})].map((ban) => ban.id),
      ids,
    );
    assert.deepEqual([...again.book.failuresSince(sampleAt(0))].length, 1);
    assert.deepEqual(usersOf(again.book), ["bob"]);
    assert.equal(again.book.loginsFrom(sampleSubject(901), sampleAt(0))[0]?.account, "alice");
    assert.equal(again.book.history({ limit: 10 }).length, 2);
    assert.equal(again.book.cursor("log")?.value, String(end));
    assert.equal((await again.book.verifyAudit()).intact, true);
    assert.equal(again.book.evidence(id).length, 2);
  });

  it("a start on a full disk works, with the book from before", async () => {
    rmSync(join(mount, "one"), { recursive: true });
    const path = join(mount, "two", "bailiff.db");
    {
      await using opened = open(path);
      opened.book.commit({ steps: [sampleBan(1)], cursors: [] });
    }
    fill();
    await using opened = open(path);
    const view = openSampleView(opened.book);
    assert.equal([...view.desiredBlocks(sampleAt(0))].length, 1);
    opened.book.commit({ steps: [sampleBan(2)], cursors: [] });
    assert.equal(opened.book.status().state, "degraded");
    assert.equal([...view.desiredBlocks(sampleAt(0))].length, 2);
    const recovered = opened.until("record-recovered");
    rmSync(filler);
    await recovered;
    assert.equal([...opened.book.activeBans({})].length, 2);
  });
});

describe("on a file system whose mapped files may need room for a write", () => {
  const mount = mkdtempSync(join(tmpdir(), `bailiff-private-${process.pid}-`));
  // It is not among those that are known to overwrite in place, like btrfs, where a full disk ended the daemon.
  before(() => execFileSync("/bin/mount", ["-t", "ramfs", "-o", "mode=0700", "ramfs", mount]));
  after(() => {
    execFileSync("/bin/umount", ["-l", mount]);
    rmdirSync(mount);
  });

  it("no index is mapped, also of a new file in place of a lost one", async () => {
    const path = join(mount, "bailiff.db");
    await using opened = open(path);
    opened.book.commit({ steps: [sampleBan(1)], cursors: [] });
    assert.ok(!existsSync(`${path}-shm`));
    assert.throws(readBans, /locked/);
    rmSync(path);
    opened.book.keepFile();
    opened.book.commit({ steps: [sampleBan(2)], cursors: [] });
    assert.ok(existsSync(path) && !existsSync(`${path}-shm`));
    await opened.book[Symbol.asyncDispose]();
    assert.equal(readBans(), 2);

    function readBans(): unknown {
      using other = new DatabaseSync(path, { timeout: 0 });
      return other.prepare("SELECT count(*) AS n FROM bans").get()?.["n"];
    }
  });

  it("a database that another program reads at the start is opened shared with it", async () => {
    const path = join(mount, "shared.db");
    await open(path).book[Symbol.asyncDispose]();
    using other = new DatabaseSync(path);
    other.exec("BEGIN; SELECT count(*) FROM bans");
    await using opened = open(path);
    opened.book.commit({ steps: [sampleBan(1)], cursors: [] });
    assert.deepEqual(opened.book.status(), { state: "ok" });
  });
});

describe("on a database another program holds", () => {
  it("continues in memory, and saves when the disk has space again", async () => {
    const folder = mkdtempSync(join(tmpdir(), `bailiff-held-${process.pid}-`));
    try {
      const path = join(folder, "bailiff.db");
      await using opened = open(path);
      const other = new DatabaseSync(path);
      other.exec("BEGIN IMMEDIATE");
      opened.book.commit({ steps: [sampleBan(1)], cursors: [] });
      assert.equal(opened.book.status().state, "degraded");
      const recovered = opened.until("record-recovered");
      other.exec("ROLLBACK");
      await recovered;
      assert.equal(other.prepare("SELECT count(*) AS n FROM bans").get()?.["n"], 1);
      other.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("bounds memory: failures and audit are dropped, bans and cursors never", async () => {
    const folder = mkdtempSync(join(tmpdir(), `bailiff-bound-${process.pid}-`));
    try {
      const path = join(folder, "bailiff.db");
      await using opened = open(path);
      const { book, events } = opened;
      const other = new DatabaseSync(path);
      other.exec("BEGIN IMMEDIATE");
      for (let n = 0; n < 12_000; n += 100) {
        const steps = Array.from({ length: 100 }, (_, m) => [
          sampleFailure(n + m, { subject: sampleSubject(70_000 + n + m) }),
          sampleBan(n + m, { origin: "fleet" }),
        ]).flat();
        book.commit({ steps, cursors: [{ key: "log", value: String(n) }] });
      }
      // The bound is checked after this many writes, here of cursors only.
      for (let n = 0; n < 100; n++)
        book.commit({ steps: [], cursors: [{ key: "log", value: "end" }] });
      assert.ok([...book.failuresSince(sampleAt(0))].length <= 10_000);
      assert.equal([...book.activeBans({})].length, 12_000);
      const status = book.status();
      assert.ok(status.state === "degraded" && status.dropped > 2000);
      assert.ok(events.some((event) => event.event === "queue-overflowed"));
      const recovered = opened.until("record-recovered");
      other.exec("ROLLBACK");
      other.close();
      await recovered;
      assert.equal([...book.activeBans({})].length, 12_000);
      assert.equal(book.cursor("log")?.value, "end");
      assert.equal((await book.verifyAudit()).intact, true);
      assert.match(book.audit({ limit: 1 })[0]?.detail ?? "", /2000 audit entries/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function usersOf(book: BanBook): readonly (string | undefined)[] {
  return book.recentFailures(sampleSubject(901), 10).map(({ user }) => user);
}

function fillWith(file: number, block: Buffer): void {
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    // Full for this block size, as wanted.
    if (codeOf(error) !== "ENOSPC") throw error;
  }
}

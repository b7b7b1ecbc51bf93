import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import type { BanBook, BookStep } from "../../domain/ban-book.ts";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
import type { LoginNote } from "../../domain/login.ts";
import { Logins } from "./logins.ts";
import { MemoryBook } from "../memory-book.ts";
import { openBook } from "../open-book.ts";
import { openDatabase } from "../open-database.ts";
import { sampleFailure, sampleJail, sampleSubject } from "../sample-entries.fixture.ts";

const T0 = 1_800_000_000_000;
const DAY = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), `bailiff-logins-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

function at(ms: number): Instant {
  return instant(T0 + ms);
}

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function open(path: string): BanBook {
  const clock = { now: () => at(0), monotonic: () => 0 };
  return openBook({ path, clock, emit: () => undefined });
}

function login(place: string, account: string, change: Partial<LoginNote> = {}): BookStep {
  const ip = parseIp(place.replace(/\/64$/, "7"));
  assert.ok(ip !== undefined, place);
  const common = { subject: subject(place), account, filter: "sshd", ip, ports: [40_000] };
  return { kind: "login", ...common, method: "password", at: at(0), times: 1, ...change };
}

test("an account's logins from one place are one row: strongest method, first, last, count, newest ports", async () => {
  await using book = open(join(folder, "one.db"));
  const steps = [
    login("192.0.2.7", "alice", { method: "key", at: at(1000), ports: [1] }),
    login("192.0.2.7", "alice", { at: at(5000), ports: [2, 3, 4, 5], times: 4 }),
    login("192.0.2.7", "alice", { at: at(3000), ports: [] }),
    login("192.0.2.8", "bob"),
    login("192.0.2.7", "alice", { filter: "dovecot", at: at(9000) }),
  ];
  book.commit({ steps, cursors: [] });
  const [mail, shell, ...more] = book.loginsFrom(subject("192.0.2.7"), at(0));
  assert.deepEqual(more, []);
  assert.equal(mail?.filter, "dovecot");
  assert.equal(mail.keyAt, undefined);
  assert.deepEqual(shell, {
    subject: "192.0.2.7",
    account: "alice",
    filter: "sshd",
    ip: "192.0.2.7",
    keyAt: at(1000),
    firstAt: at(1000),
    lastAt: at(5000),
    count: 6,
    ports: [2, 3, 4, 5],
  });
  assert.equal(book.loginsFrom(subject("192.0.2.7"), at(5001)).length, 1);
  assert.equal(book.loginsFrom(subject("192.0.2.0/24"), at(0)).length, 3);
  assert.deepEqual(book.loginsFrom(subject("192.0.2.9"), at(0)), []);
  assert.equal(book.countAccounts(), 2);
  assert.deepEqual([book.firstLogin("alice"), book.firstLogin("nobody")], [at(1000), undefined]);
  book.shiftEnds(-1000);
  assert.equal(book.loginsFrom(subject("192.0.2.7"), at(4000))[1]?.lastAt, at(4000));
});

test("logins of an IPv6 network are found by any part of it and by wider networks", async () => {
  await using book = open(join(folder, "six.db"));
  book.commit({ steps: [login("2001:db8::/64", "alice")], cursors: [] });
  for (const text of ["2001:db8::/64", "2001:db8::99", "2001:db8::/80", "2001:db8::/32"]) {
    assert.equal(book.loginsFrom(subject(text), at(0)).length, 1, text);
  }
  assert.deepEqual(book.loginsFrom(subject("2001:db8:0:1::/64"), at(0)), []);
});

test("logins are bounded per address and in total, and deleted after 90 days", async () => {
  await using book = open(join(folder, "bound.db"));
  const crowd = Array.from({ length: 50 }, (_, i) => {
    return login("192.0.2.7", `user${i}`, { at: at(i * 1000) });
  });
  book.commit({ steps: crowd, cursors: [] });
  const kept = book.loginsFrom(subject("192.0.2.7"), at(0)).map(({ account }) => account);
  assert.deepEqual([kept.length, kept[0], kept.at(-1)], [32, "user49", "user18"]);
  const many = Array.from({ length: 21_000 }, (_, i) => {
    return login(sampleSubject(i), "alice", { at: at(60_000 + i) });
  });
  book.commit({ steps: many, cursors: [] });
  let rows = 0;
  for (let i = 0; i < 21_000; i++) rows += book.loginsFrom(sampleSubject(i), at(0)).length;
  assert.ok(rows <= 20_000 && rows > 19_000, `${rows} rows`);
  assert.equal(book.loginsFrom(sampleSubject(20_999), at(0)).length, 1);
  await book.prune(at(90 * DAY + 60_000 + 20_999), { windows: at(0), detectors: at(0) });
  assert.equal(book.countAccounts(), 1);
  await book.prune(at(91 * DAY), { windows: at(0), detectors: at(0) });
  assert.equal(book.countAccounts(), 0);
});

test("many logins remove neither those of regular users nor those of another service", async () => {
  await using database = open(join(folder, "flood.db"));
  const mine = [
    login("192.0.2.7", "alice"),
    login("192.0.2.7", "alice", { at: at(2 * DAY) }),
    login("192.0.2.7", "bob", { filter: "dovecot" }),
  ];
  const when = { at: at(3 * DAY) };
  const here = Array.from({ length: 100 }, (_, i) => login("192.0.2.7", `own${i}`, when));
  const flood = Array.from({ length: 21_000 }, (_, i) => login(sampleSubject(i), "own", when));
  for (const book of [database, new MemoryBook()]) {
    book.commit({ steps: [...mine, ...here, ...flood], cursors: [] });
    const kept = book.loginsFrom(subject("192.0.2.7"), at(0)).map(({ account }) => account);
    assert.ok(kept.includes("alice") && kept.includes("bob"), kept.join(" "));
    assert.ok(kept.length <= 33);
    assert.equal(book.loginsFrom(sampleSubject(20_999), at(0)).length, 1);
  }
});

test("forgiving removes only one account's failures from a window, also after a restart", async () => {
  const path = join(folder, "forgiven.db");
  const jail = sampleJail("sshd");
  const mine = sampleFailure(1, { user: "alice" });
  {
    await using book = open(path);
    const others = [
      sampleFailure(1, { user: "root" }),
      sampleFailure(1, { user: undefined }),
      sampleFailure(2, { user: "alice" }),
      sampleFailure(1, { user: "alice", jail: sampleJail("nginx") }),
    ];
    const forgiven = {
      kind: "forgiven",
      subject: sampleSubject(1),
      jail,
      account: "alice",
    } as const;
    book.commit({ steps: [mine, ...others, mine, forgiven], cursors: [] });
  }
  await using again = open(path);
  const left = [...again.failuresSince(instant(0))].map(({ subject, jail }) => [subject, jail]);
  assert.deepEqual(left, [
    [sampleSubject(1), "sshd"],
    [sampleSubject(1), "sshd"],
    [sampleSubject(2), "sshd"],
    [sampleSubject(1), "nginx"],
  ]);
});

test("a database of the previous release gets the table of logins and keeps its data", async () => {
  const path = join(folder, "older.db");
  {
    await using book = open(path);
    book.commit({ steps: [sampleFailure(1)], cursors: [] });
  }
  const raw = new DatabaseSync(path);
  raw.exec(`DROP TABLE logins; DROP TABLE sessions; DROP TABLE pardons; DROP TABLE enforcers;
    DROP TABLE stats_series; DROP TABLE stats_days; DROP TABLE stats_tops; DROP TABLE stats_runs;
    DROP TABLE stats_changes; DROP INDEX bans_by_begin;
    ALTER TABLE bans ADD COLUMN enforced_run INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE bans ADD COLUMN error TEXT;
    ALTER TABLE failures DROP COLUMN extra; ALTER TABLE failures DROP COLUMN extra_by;
    ALTER TABLE failures DROP COLUMN proxy; ALTER TABLE failures DROP COLUMN hop;
    ALTER TABLE failures DROP COLUMN ip; ALTER TABLE evidence DROP COLUMN ip;
    ALTER TABLE evidence DROP COLUMN proxy; ALTER TABLE evidence DROP COLUMN hop;
    PRAGMA user_version = 1`);
  raw.close();
  await using book = open(path);
  book.commit({ steps: [login("192.0.2.7", "alice")], cursors: [] });
  assert.equal(book.loginsFrom(subject("192.0.2.7"), at(0)).length, 1);
  assert.equal([...book.failuresSince(instant(0))].length, 1);
});

test("deleted logins free space: none is dropped below the bound", () => {
  const { database } = openDatabase(":memory:", at(0));
  const logins = new Logins(database, assert.fail);
  const note = (n: number, when: Instant): void => {
    const [place, ip] = [sampleSubject(n), parseIp(sampleSubject(n))];
    assert.ok(ip !== undefined);
    const about = {
      filter: "sshd",
      account: "al",
      method: "password",
      times: 1,
      ports: [],
    } as const;
    logins.note({ subject: place, ip, at: when, ...about });
  };
  const countAll = (): unknown => database.prepare("SELECT count(*) AS n FROM logins").get()?.["n"];
  database.exec("BEGIN");
  for (let n = 0; n < 20_000; n++) note(n, at(n < 15_000 ? 0 : 1000));
  assert.equal(countAll(), 20_000);
  assert.equal(logins.forget(at(1000), 20_000), 15_000);
  for (let n = 20_000; n < 35_000; n++) note(n, at(2000));
  assert.equal(countAll(), 20_000);
  // One more: a hundredth goes, those that were not seen for longest.
  note(35_000, at(3000));
  assert.equal(countAll(), 20_000 - 200 + 1);
  assert.equal(logins.from(sampleSubject(34_999), at(0)).length, 1);
  database.close();
});

test("the accounts of a filter are those that logged in by it, because anybody may register at another service", async () => {
  await using book = open(join(folder, "filters.db"));
  const steps = [
    login("192.0.2.7", "alice"),
    login("192.0.2.8", "root", { filter: "gitea" }),
    login("192.0.2.9", "bob", { at: at(1000) }),
  ];
  book.commit({ steps, cursors: [] });
  const namesOf = (filter: string) => book.accounts(filter).map(({ account }) => account);
  assert.deepEqual(namesOf("sshd"), ["alice", "bob"]);
  assert.deepEqual(namesOf("gitea"), ["root"]);
  book.commit({ steps: [login("192.0.2.8", "alice", { at: at(3 * 86_400_000) })], cursors: [] });
  assert.deepEqual(book.accounts("sshd"), [
    { account: "bob", lastAt: at(1000), days: 1 },
    { account: "alice", lastAt: at(3 * 86_400_000), days: 2 },
  ]);
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import type { Ban } from "../domain/ban.ts";
import type { BanBook, BookStep } from "../domain/ban-book.ts";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import { duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import { ALL_PORTS, OBSERVED, portScope } from "../domain/port-scope.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { openBook } from "./open-book.ts";
import { openSampleView } from "./sample-entries.fixture.ts";

const T0 = 1_800_000_000_000;
const SSH = portScope([{ protocol: "tcp", number: 22 }]);
const folder = mkdtempSync(join(tmpdir(), `bailiff-record-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

function jail(text: string): JailName {
  const parsed = parseJailName(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

function at(seconds: number): Instant {
  return instant(T0 + seconds * 1000);
}

interface Fixture {
  readonly book: BanBook;
  readonly path: string;
  readonly events: TelemetryEvent[];
  readonly clock: { now: () => Instant; monotonic: () => number };
  readonly time: { now: number };
}

/** `where`: "file" for a new one, "memory", or a path. */
function open(where: string, bounds: { failureBound?: number } = {}): Fixture {
  const path =
    where === "memory" ? ":memory:" : where === "file" ? join(folder, `book-${files++}.db`) : where;
  const events: TelemetryEvent[] = [];
  const time = { now: T0 };
  const clock = { now: () => instant(time.now), monotonic: () => 0 };
  const emit = (event: TelemetryEvent): void => void events.push(event);
  return { book: openBook({ path, clock, emit, ...bounds }), path, events, clock, time };
}

const SSHD = jail("sshd");
const A = subject("192.0.2.7");

function ban(change: Partial<Ban> = {}): Ban {
  return {
    subject: A,
    jail: SSHD,
    scope: ALL_PORTS,
    from: at(0),
    until: at(3600),
    origin: "detected",
    reason: "5 failures in 10m",
    rule: "failed-password",
    failures: 5,
    escalation: 0,
    ...change,
  };
}

function failure(n: number, change: Partial<BookStep & { kind: "failure" }> = {}): BookStep {
  const line = `Failed password for root from 192.0.2.7 port ${n} ssh2`;
  return {
    kind: "failure",
    subject: A,
    jail: SSHD,
    at: at(n),
    weight: 1,
    rule: "failed-password",
    user: "root",
    line,
    ...change,
  };
}

for (const where of ["file", "memory"] as const) {
  describe(`ban book in ${where}`, () => {
    it("opens a ban as pending and finds it by jail, overlap and list", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const openings = book.commit({
        steps: [{ kind: "ban", ban: ban(), who: "daemon" }],
        cursors: [],
      });
      assert.equal(openings[0]?.change, "opened");
      const found = book.ban(SSHD, A);
      assert.equal(found?.state, "pending");
      assert.deepEqual(book.bansOf(subject("192.0.2.0/24")), [found]);
      assert.deepEqual(book.bansOf(subject("192.0.2.8")), []);
      assert.deepEqual([...book.activeBans({})], [found]);
      assert.deepEqual([...book.activeBans({ jail: jail("other") })], []);
      assert.deepEqual([...book.countBans()], [["sshd", 1]]);
    });

    it("finds the network around an address, both families", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      for (const text of ["198.51.100.0/24", "2001:db8::/32", "2001:db8:0:1::/64", "0.0.0.0/0"]) {
        book.commit({
          steps: [{ kind: "ban", ban: ban({ subject: subject(text) }), who: "daemon" }],
          cursors: [],
        });
      }
      const names = (text: string): string[] =>
        book
          .bansOf(subject(text))
          .map((b) => b.subject)
          .sort();
      assert.deepEqual(names("198.51.100.9"), ["0.0.0.0/0", "198.51.100.0/24"]);
      assert.deepEqual(names("2001:db8:0:1::5"), ["2001:db8:0:1::/64", "2001:db8::/32"]);
      assert.deepEqual(names("2001:db8::/48"), ["2001:db8:0:1::/64", "2001:db8::/32"]);
    });

    it("extends and never shortens a ban, and keeps its start", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const view = openSampleView(book);
      const open1 = (change: Partial<Ban>): string | undefined =>
        book.commit({ steps: [{ kind: "ban", ban: ban(change), who: "daemon" }], cursors: [] })[0]
          ?.change;
      assert.equal(open1({}), "opened");
      view.beginChanges()([{ subject: A, scope: ALL_PORTS }]);
      assert.equal(open1({ from: at(10), until: at(100) }), "unchanged");
      assert.equal(book.ban(SSHD, A)?.state, "enforced");
      assert.equal(open1({ from: at(20), until: at(7200) }), "extended");
      const found = book.ban(SSHD, A);
      assert.deepEqual([found?.from, found?.until, found?.state], [at(0), at(7200), "pending"]);
      assert.equal(open1({ from: at(30), until: "forever" }), "extended");
      assert.equal(open1({ from: at(40), until: at(9000) }), "unchanged");
      assert.equal(book.ban(SSHD, A)?.until, "forever");
    });

    it("accepts fractions of a millisecond, which logs and lengthened bans have", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const view = openSampleView(book);
      const until = instant(T0 + 1000.75);
      book.commit({
        steps: [
          failure(1.0007, { weight: 1 }),
          { kind: "ban", ban: ban({ from: instant(T0 + 0.25), until }), who: "daemon" },
        ],
        cursors: [],
      });
      book.shiftEnds(-0.4);
      view.beginChanges()([...view.desiredBlocks(instant(T0 + 0.5))]);
      assert.deepEqual(
        [book.ban(SSHD, A)?.until, book.ban(SSHD, A)?.state],
        [T0 + 1000, "enforced"],
      );
      assert.equal(book.expire(instant(T0 + 1000.1), 5).length, 1);
      assert.equal((await book.verifyAudit()).intact, true);
    });

    it("makes a new ban when the old one was over but not yet expired", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      book.commit({ steps: [{ kind: "ban", ban: ban(), who: "daemon" }], cursors: [] });
      const [second] = book.commit({
        steps: [{ kind: "ban", ban: ban({ from: at(4000), until: at(5000) }), who: "daemon" }],
        cursors: [],
      });
      assert.equal(second?.change, "opened");
      assert.equal(book.earlierBans(A, "all", at(0)), 1);
      assert.equal(book.ban(SSHD, A)?.from, at(4000));
    });

    it("confirms only what was applied: a ban extended in between stays pending", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const view = openSampleView(book);
      const block = { subject: A, scope: ALL_PORTS };
      book.commit({
        steps: [{ kind: "ban", ban: ban({ until: at(9) }), who: "daemon" }],
        cursors: [],
      });
      const confirm = view.beginChanges();
      book.commit({
        steps: [{ kind: "ban", ban: ban({ until: at(99) }), who: "daemon" }],
        cursors: [],
      });
      confirm([block]);
      assert.equal(book.ban(SSHD, A)?.state, "pending");
      view.markPending({ subject: A, scope: ALL_PORTS }, "No buffer space");
      assert.deepEqual(book.ban(SSHD, A)?.gaps, [
        { enforcer: "nftables", error: "No buffer space" },
      ]);
      view.beginChanges()([block]);
      assert.equal(book.ban(SSHD, A)?.state, "enforced");
      assert.deepEqual(book.ban(SSHD, A)?.gaps, []);
    });

    it("wants the union of all jails, for each scope", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const view = openSampleView(book);
      const steps = [
        ban({ until: at(10) }),
        ban({ jail: jail("dovecot"), until: at(20) }),
        ban({ jail: jail("nginx"), scope: SSH, until: "forever" }),
        ban({ jail: jail("past"), until: at(1) }),
        ban({ subject: subject("198.51.100.1"), until: at(30) }),
      ].map((one) => ({ kind: "ban", ban: one, who: "daemon" }) as const);
      book.commit({ steps, cursors: [] });
      assert.deepEqual(
        [...view.desiredBlocks(at(5))],
        [
          { subject: A, scope: ALL_PORTS, until: at(20) },
          { subject: A, scope: SSH, until: "forever" },
          { subject: "198.51.100.1", scope: ALL_PORTS, until: at(30) },
        ],
      );
      assert.deepEqual(view.blockAfter({ subject: A, scope: ALL_PORTS }, at(5))?.until, at(20));
      book.close({ subject: A, jail: jail("dovecot") }, { who: "uid 0", reason: "mistake" }, at(6));
      assert.deepEqual(view.blockAfter({ subject: A, scope: ALL_PORTS }, at(6))?.until, at(10));
      assert.equal(view.blockAfter({ subject: A, scope: ALL_PORTS }, at(10)), undefined);
      assert.equal(book.nextExpiry(), at(1));
    });

    it("expires in steps and keeps the past", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const steps = Array.from({ length: 25 }, (_, n) => ({
        kind: "ban" as const,
        who: "daemon",
        ban: ban({ subject: subject(`192.0.2.${n}`), until: n === 24 ? "forever" : at(n) }),
      }));
      book.commit({ steps, cursors: [] });
      assert.equal(book.expire(at(11), 10).length, 10);
      assert.equal(book.expire(at(11), 10).length, 2);
      assert.equal(book.expire(at(11), 10).length, 0);
      assert.equal(book.nextExpiry(), at(12));
      assert.equal(book.close({}, { who: "uid 0 (root)", reason: "all" }, at(12)).length, 13);
      assert.equal(book.nextExpiry(), undefined);
      assert.equal(book.history({ limit: 100 }).length, 25);
      const [past] = book.history({ subject: subject("192.0.2.24"), limit: 5 });
      assert.deepEqual(
        [past?.why, past?.by, past?.note, past?.until],
        ["unbanned", "uid 0 (root)", "all", "forever"],
      );
      assert.equal(book.earlierBans(subject("192.0.2.3"), SSHD, at(0)), 1);
      assert.equal(book.earlierBans(subject("192.0.2.3"), jail("other"), at(0)), 0);
      assert.equal(book.earlierBans(subject("192.0.2.3"), "all", at(100)), 0);
    });

    it("counts a lifted ban as an earlier one only on request", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const lift = (history?: "kept"): void => {
        book.commit({ steps: [{ kind: "ban", ban: ban(), who: "daemon" }], cursors: [] });
        const order = { who: "uid 0", reason: "", ...(history === undefined ? {} : { history }) };
        assert.equal(book.close({ subject: A }, order, at(1)).length, 1);
      };
      lift();
      lift();
      assert.equal(book.earlierBans(A, "all", at(0)), 0);
      lift("kept");
      assert.equal(book.earlierBans(A, "all", at(0)), 1);
      assert.equal(book.earlierBans(A, SSHD, at(0)), 1);
      const past = book.history({ subject: A, limit: 5 });
      assert.deepEqual(
        past.map(({ why, counts }) => [why, counts]),
        [
          ["unbanned", true],
          ["unbanned", false],
          ["unbanned", false],
        ],
      );
    });

    it("keeps failures until a ban takes them as its evidence", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const other = failure(3, { subject: subject("192.0.2.8") });
      const steps = [...Array.from({ length: 30 }, (_, n) => failure(n)), other];
      book.commit({ steps, cursors: [] });
      assert.equal([...book.failuresSince(at(0))].length, 31);
      assert.equal([...book.failuresSince(at(28))].length, 2);
      assert.equal(book.recentFailures(A, 5)[0]?.at, at(29));
      const [opening] = book.commit({
        steps: [{ kind: "ban", ban: ban(), who: "daemon" }, failure(31)],
        cursors: [],
      });
      assert.deepEqual(
        [...book.failuresSince(at(0))].map((one) => one.at),
        [at(3), at(31)],
      );
      const lines = book.evidence(opening?.ban.id ?? -1);
      assert.deepEqual([lines.length, lines[0]?.at, lines[19]?.at], [20, at(10), at(29)]);
      // More failures while the ban holds (it is not enforced yet) join its evidence.
      book.commit({
        steps: [failure(32), { kind: "ban", ban: ban({ until: at(9999) }), who: "daemon" }],
        cursors: [],
      });
      const more = book.evidence(opening?.ban.id ?? -1);
      assert.deepEqual([more.length, more[0]?.at, more[19]?.at], [20, at(12), at(32)]);
      book.close({ subject: A }, { who: "uid 0", reason: "" }, at(40));
      assert.equal(book.evidence(opening?.ban.id ?? -1).length, 20);
      book.commit({
        steps: [{ kind: "consumed", subject: subject("192.0.2.8"), jail: SSHD }],
        cursors: [],
      });
      assert.deepEqual([...book.failuresSince(at(0))], []);
    });

    it("keeps hostile text as it is, cut to 1 KiB", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const line = `\u0000'); DROP TABLE bans;--\u001b[2J\ud800${"x".repeat(5000)}`;
      book.commit({ steps: [failure(1, { line, user: "\u0000\"'" })], cursors: [] });
      const [kept] = book.recentFailures(A, 1);
      assert.equal(kept?.line.length, 1024);
      assert.ok(kept?.line.startsWith("\u0000'); DROP TABLE"));
      assert.equal(kept?.user, "\u0000\"'");
    });

    it("keeps the address and the proxy of a failure, also as evidence of a ban", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      const via = { proxy: parseIp("10.0.0.2") ?? assert.fail(), hop: 2 };
      const ip = parseIp("2001:db8::7");
      book.commit({ steps: [failure(1, { ip, via }), failure(2)], cursors: [] });
      assert.deepEqual(
        book.recentFailures(A, 2).map((one) => one.via),
        [undefined, via],
      );
      const [opening] = book.commit({
        steps: [{ kind: "ban", ban: ban(), who: "daemon" }],
        cursors: [],
      });
      const evidence = book.evidence(opening?.ban.id ?? 0);
      assert.deepEqual(
        evidence.map((one) => [one.ip, one.via]),
        [
          [ip, via],
          [undefined, undefined],
        ],
      );
    });

    it("drops the oldest failures at the bound, and reports it", async () => {
      await using fixture = using(open(where, { failureBound: 100 }));
      const { book, events } = fixture;
      for (let n = 0; n < 12; n++) {
        book.commit({
          steps: Array.from({ length: 10 }, (_, m) => failure(n * 10 + m)),
          cursors: [],
        });
      }
      const kept = [...book.failuresSince(at(0))];
      assert.ok(kept.length <= 100 && kept.length >= 90, String(kept.length));
      assert.equal(kept.at(-1)?.at, at(119));
      assert.ok(
        events.some((e) => e.event === "queue-overflowed" && e.queue === "recorded failures"),
      );
    });

    it("deletes entries after their retention", async () => {
      await using fixture = using(open(where));
      const { book, time } = fixture;
      const steps = Array.from({ length: 3000 }, (_, n) => failure(n));
      book.commit({ steps: [...steps, { kind: "ban", ban: ban(), who: "daemon" }], cursors: [] });
      book.commit({ steps, cursors: [{ key: "old", value: "1" }] });
      book.expire(at(3600), 10);
      await book.prune(at(3000), { windows: at(2500), detectors: at(2500) });
      assert.equal([...book.failuresSince(at(0))].length, 500);
      assert.equal(book.history({ limit: 10 }).length, 1);
      assert.equal(book.cursor("old")?.value, "1");
      time.now = T0 + 366 * 86_400_000;
      book.commit({
        steps: [{ kind: "audit", action: "reload", who: "uid 0", detail: "" }],
        cursors: [],
      });
      await book.prune(instant(time.now), { windows: at(2500), detectors: at(2500) });
      assert.equal(book.history({ limit: 10 }).length, 0);
      assert.equal(book.cursor("old"), undefined);
      assert.deepEqual(
        book.audit({ limit: 10 }).map((entry) => entry.action),
        ["reload"],
      );
      assert.equal((await book.verifyAudit()).intact, true);
    });

    it("reads the audit since a time, whatever number of older entries there is", async () => {
      await using fixture = using(open(where));
      const { book, time } = fixture;
      const note = (action: string): void => book.recordAudit({ action, who: "ann", detail: "" });
      for (let n = 0; n < 1500; n++) note("old");
      time.now = at(100);
      for (let n = 0; n < 3; n++) note("new");
      const found = book.audit({ since: at(100), limit: 2000 });
      assert.deepEqual(
        found.map(({ action }) => action),
        ["new", "new", "new"],
      );
      assert.equal(book.audit({ limit: 2000 }).length, 1503);
    });

    it("audits every ban, extension, unban and allow change in an unbroken chain", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      book.commit({
        steps: [
          { kind: "ban", ban: ban(), who: "daemon" },
          { kind: "ban", ban: ban({ until: at(9999) }), who: "uid 1000 (ann)" },
          { kind: "audit", action: "reload", who: "uid 0 (root)", detail: "half a pair: \ud800" },
        ],
        cursors: [],
      });
      book.close({ subject: A }, { who: "uid 0 (root)", reason: "mistake" }, at(1));
      const who = "uid 0 (root)";
      book.addAllow([{ subject: A, until: "forever", since: at(1), who, reason: "office" }]);
      assert.equal(book.allowEntries(at(2)).length, 1);
      assert.deepEqual(book.removeAllow([A], { who, reason: "left" }), [A]);
      assert.deepEqual(book.removeAllow([A], { who, reason: "left" }), []);
      const acts = book.audit({ limit: 10 }).map((entry) => `${entry.action} ${entry.who}`);
      assert.deepEqual(acts.reverse(), [
        "ban daemon",
        "extend uid 1000 (ann)",
        "reload uid 0 (root)",
        "unban uid 0 (root)",
        "allow uid 0 (root)",
        "disallow uid 0 (root)",
      ]);
      const proof = await book.verifyAudit();
      assert.ok(proof.intact && proof.entries === 6 && proof.head.length === 64);
    });

    it("moves ends with a stepped clock, and keeps lengths and permanent bans", async () => {
      await using fixture = using(open(where));
      const { book } = fixture;
      book.commit({ steps: [{ kind: "ban", ban: ban(), who: "daemon" }], cursors: [] });
      const other = ban({ subject: subject("192.0.2.8"), until: "forever" });
      book.commit({ steps: [{ kind: "ban", ban: other, who: "daemon" }], cursors: [] });
      book.shiftEnds(-500_000);
      const found = book.ban(SSHD, A);
      assert.deepEqual([found?.from, found?.until], [at(-500), at(3100)]);
      assert.equal(book.ban(SSHD, other.subject)?.until, "forever");
    });
  });
}

function using(fixture: Fixture): Fixture & AsyncDisposable {
  return { ...fixture, [Symbol.asyncDispose]: () => fixture.book[Symbol.asyncDispose]() };
}

describe("the file of the ban book", () => {
  it("is private to the daemon", async () => {
    const path = join(folder, "deep", "er", "bailiff.db");
    await using fixture = using(open(path));
    fixture.book.commit({ steps: [failure(1)], cursors: [] });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, "deep", "er")).mode & 0o777, 0o700);
  });

  it("has every ban after a restart, pending until it is confirmed", async () => {
    const first = open("file");
    first.book.commit({
      steps: [failure(1), failure(2), { kind: "ban", ban: ban(), who: "daemon" }, failure(3)],
      cursors: [{ key: "file:/var/log/auth.log", value: "1:2:3" }],
    });
    openSampleView(first.book).beginChanges()([{ subject: A, scope: ALL_PORTS }]);
    const id = first.book.ban(SSHD, A)?.id ?? -1;
    assert.equal(first.book.ban(SSHD, A)?.state, "enforced");
    await first.book[Symbol.asyncDispose]();
    await using second = using(open(first.path));
    const { book } = second;
    assert.equal(book.ban(SSHD, A)?.state, "pending");
    assert.equal(book.cursor("file:/var/log/auth.log")?.value, "1:2:3");
    assert.equal(book.evidence(id).length, 2);
    book.commit({ steps: [failure(4)], cursors: [] });
    assert.deepEqual(
      [...book.failuresSince(at(0))].map((one) => one.at),
      [at(3), at(4)],
    );
    const other = ban({ subject: subject("192.0.2.9") });
    const [opening] = book.commit({
      steps: [{ kind: "ban", ban: other, who: "daemon" }],
      cursors: [],
    });
    assert.notEqual(opening?.ban.id, id);
    assert.equal((await book.verifyAudit()).intact, true);
  });

  it("detects a changed, removed or inserted audit entry", async () => {
    for (const sql of [
      "UPDATE audit SET who = 'uid 0' WHERE id = 2",
      "DELETE FROM audit WHERE id = 2",
      "DELETE FROM audit WHERE id = 1",
      "UPDATE audit SET id = 9 WHERE id = 2",
    ]) {
      const first = open("file");
      for (let n = 0; n < 3; n++) {
        first.book.commit({
          steps: [{ kind: "audit", action: "reload", who: `uid ${n}`, detail: "" }],
          cursors: [],
        });
      }
      await first.book[Symbol.asyncDispose]();
      const raw = new DatabaseSync(first.path);
      raw.exec(sql);
      raw.close();
      await using second = using(open(first.path));
      assert.equal((await second.book.verifyAudit()).intact, false, sql);
    }
  });

  it("of a newer release is refused and not changed", async () => {
    const first = open("file");
    await first.book[Symbol.asyncDispose]();
    const raw = new DatabaseSync(first.path);
    raw.exec("PRAGMA user_version = 99");
    raw.close();
    assert.throws(() => open(first.path), { code: "record-newer" });
    const foreign = join(folder, "foreign.db");
    const other = new DatabaseSync(foreign);
    other.exec("CREATE TABLE t (a)");
    other.close();
    assert.throws(() => open(foreign), { code: "record-foreign" });
  });

  it("at an impossible path is an error", () => {
    assert.throws(() => open("/proc/nowhere/bailiff.db"), { code: "record-unavailable" });
  });

  it("uses the configured retention", async () => {
    const path = join(folder, "short.db");
    const clock = { now: () => at(1000), monotonic: () => 0 };
    const retention = { audit: duration(10_000), history: duration(1_000_000) };
    await using book = openBook({ path, clock, emit: () => undefined, retention });
    book.commit({
      steps: [{ kind: "ban", ban: ban({ until: at(1) }), who: "daemon" }],
      cursors: [],
    });
    book.expire(at(1000), 10);
    await book.prune(at(1020), { windows: at(0), detectors: at(0) });
    assert.deepEqual([book.audit({ limit: 9 }).length, book.history({ limit: 9 }).length], [0, 1]);
    assert.equal((await book.verifyAudit()).intact, true);
  });
});

it("an observed ban is never restored as a ban of all ports", async () => {
  const clock = { now: () => instant(T0), monotonic: () => 0 };
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const ban: Ban = {
    subject: subject("192.0.2.7"),
    jail: jail("trial"),
    scope: OBSERVED,
    from: instant(T0),
    until: instant(T0 + 9000),
    origin: "detected",
    reason: "r",
    rule: "r",
    failures: 5,
    escalation: 0,
  };
  book.commit({ steps: [{ kind: "ban", ban, who: "daemon" }], cursors: [] });
  const view = openSampleView(book);
  assert.deepEqual(
    [...view.desiredBlocks(instant(T0))].map(({ scope }) => scope),
    [OBSERVED],
  );
  assert.equal(book.ban(ban.jail, ban.subject)?.scope, OBSERVED);
});

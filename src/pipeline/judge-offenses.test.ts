import assert from "node:assert/strict";
import test from "node:test";
import { parseConfig } from "../config/parse-config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import { parseSubject, type Subject } from "../domain/cidr.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { openBook } from "../record/open-book.ts";
import type { TelemetryEvent } from "../telemetry/events.ts";
import { Allow } from "./allow/allow.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import type { Jail } from "../jails/jail.ts";
import type { GuardedBatch } from "./guards/guarded-batch.ts";
import type { Guards } from "./guards/guards.ts";
import { QualityWatch } from "./quality-watch.ts";
import { OffenseJudge, type JudgeOptions } from "./judge-offenses.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { restoreWindows } from "./restore-windows.ts";
import { createForwardingPeers } from "./forwarding-peers.ts";
import { createStateStore } from "../record/state-store.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

const WAITING = subject("192.0.2.7");

async function startJail(options = ""): Promise<Jail> {
  const { filters } = await (await openLibrary([])).read(["sshd"]);
  const compile = await loadFilterCompiler(filters.values());
  const paths = { state: "/state", socket: "/socket" };
  const text = `[jails.sshd]\nenforcer = "memory"\nmaxretry = 3\nsource = { file = ["/log"] }\n${options}`;
  const config = await parseConfig([{ path: "test.toml", text }], { paths, ports: new Map() });
  assert.ok(config.ok, JSON.stringify(config));
  const { jails } = compileJails(config.value.jails, { filters, compile }, []);
  const jail = jails[0]?.jail;
  assert.ok(jail !== undefined);
  return jail;
}

function fail(book: BanBook, jail: JailName, who: Subject, secondsAgo: readonly number[]): void {
  const steps = secondsAgo.map((seconds) => ({
    ...({ kind: "failure", subject: who, jail, weight: 1, user: undefined, line: "" } as const),
    ...{ at: instant(NOW - seconds * 1000), rule: "failed-attempt" },
  }));
  book.commit({ steps, cursors: [] });
}

function judgeOf(book: BanBook, more: Partial<JudgeOptions> = {}) {
  const events: TelemetryEvent[] = [];
  const emit = (event: TelemetryEvent): void => void events.push(event);
  const allow = new Allow({ book, hostAddresses: () => [], resolveName: async () => [], emit });
  allow.rebuild([], NOW);
  const judge = new OffenseJudge({
    forwarders: createForwardingPeers(createStateStore(book)),
    ...{ book, allow, clock, emit },
    chance: () => 0,
    enforce: async () => undefined,
    onBannedStillActive: () => undefined,
    ...more,
  });
  const bans = (): readonly string[] => [...book.activeBans({})].map((ban) => ban.subject);
  return { judge, events, bans };
}

test("a window that was at its threshold is decided after a restart; one below it, or too old, is not", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const jail = await startJail();
  fail(book, jail.name, WAITING, [30, 20, 10]);
  fail(book, jail.name, subject("192.0.2.8"), [30, 20]);
  fail(book, jail.name, subject("192.0.2.9"), [86_400, 86_399, 86_398]);
  const { judge, bans } = judgeOf(book);
  await judge.resume(restoreWindows([jail], book, NOW));
  assert.deepEqual(bans(), [WAITING]);
});

test("a subject exempted in the meantime is not banned, and its earlier failures are forgotten", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const jail = await startJail();
  fail(book, jail.name, WAITING, [30, 20, 10]);
  const entry = { subject: WAITING, since: NOW, who: "admin", reason: "" };
  book.addAllow([{ ...entry, until: "forever" }]);
  const { judge, bans, events } = judgeOf(book);
  await judge.resume(restoreWindows([jail], book, NOW));
  assert.deepEqual(bans(), []);
  assert.deepEqual(events, []);
  assert.deepEqual(restoreWindows([await startJail()], book, NOW), []);
});

test("after a restart, a peer that another jail saw forwarding is reported instead of banned", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const jail = await startJail();
  const [peer, client, web] = [
    parseIp("10.77.0.2"),
    parseIp("198.51.100.31"),
    parseJailName("access-log"),
  ];
  assert.ok(peer !== undefined && web !== undefined);
  const before = createForwardingPeers(createStateStore(book));
  before.note({ jail: web, peer, client, at: NOW });
  before.save();
  fail(book, jail.name, peer, [30, 20, 10]);
  fail(book, jail.name, WAITING, [30, 20, 10]);
  const { judge, bans, events } = judgeOf(book);
  await judge.resume(restoreWindows([jail], book, NOW));
  assert.deepEqual(bans(), [WAITING]);
  const suspected = events.find(({ event }) => event === "proxy-suspected");
  assert.ok(suspected?.event === "proxy-suspected");
  assert.equal(suspected.ip, peer);
  assert.equal(suspected.reason, "its lines in jail access-log name 198.51.100.31 as the client");
});

test("an offense whose ignorecommand had not answered runs the command again", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const jail = await startJail('ignorecommand = "exit 1"\n');
  fail(book, jail.name, WAITING, [30, 20, 10]);
  const asked: string[] = [];
  const { judge, bans } = judgeOf(book, {
    asker: {
      ask: (question) => {
        asked.push(question.subject);
        return "banned";
      },
    },
  });
  await judge.resume(restoreWindows([jail], book, NOW));
  assert.deepEqual([asked, bans()], [[WAITING], [WAITING]]);
});

test("of a refused offense, the failures that the guard keeps still count, also after a restart", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const jail = await startJail();
  fail(book, jail.name, WAITING, [30, 20, 10]);
  const batch = {
    waits: () => false,
    checkThreshold: (_jail: Jail, _subject: Subject, count: number) => count,
    review: () => {
      const kept = book.windowFailures({ subject: WAITING, jail: jail.name, limit: 2 });
      return { kind: "ignore", reason: "unrecorded", entry: "", kept } as const;
    },
  } as unknown as GuardedBatch;
  const limits = {
    countMade: () => undefined,
    resume: () => undefined,
  } as unknown as Guards["limits"];
  const quality = new QualityWatch({
    ...{ stateStore: createStateStore(book), emit: () => undefined },
    firstLogin: () => undefined,
  });
  const { judge, bans } = judgeOf(book, { guards: { batch: () => batch, limits, quality } });
  await judge.resume(restoreWindows([jail], book, NOW));
  assert.deepEqual(bans(), []);
  assert.equal(jail.window.countOf(WAITING, NOW), 2);
  const restarted = await startJail();
  assert.deepEqual(restoreWindows([restarted], book, NOW), []);
  assert.equal(restarted.window.countOf(WAITING, NOW), 2);
});

test("an offense decided after the windows were restored is not decided again", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const jail = await startJail();
  fail(book, jail.name, WAITING, [30, 20, 10]);
  const { judge, bans, events } = judgeOf(book);
  const reached = restoreWindows([jail], book, NOW);
  assert.equal(reached.length, 1);
  book.commit({ steps: [{ kind: "consumed", subject: WAITING, jail: jail.name }], cursors: [] });
  await judge.resume(reached);
  assert.deepEqual([bans(), events], [[], []]);
});

test("failures that were pardoned after the windows were restored do not count", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const jail = await startJail();
  fail(book, jail.name, WAITING, [30, 20, 10]);
  const { judge, bans } = judgeOf(book);
  const reached = restoreWindows([jail], book, NOW);
  assert.equal(reached.length, 1);
  // Of a network, the book keeps the failures.
  const entry = { subject: subject("192.0.2.0/24"), since: NOW, who: "admin", reason: "" };
  book.addAllow([{ ...entry, until: "forever" }]);
  await judge.resume(reached);
  assert.deepEqual(bans(), []);
});

test("of several resumed offenses, the one with most failures is decided first", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const jail = await startJail();
  const worst = subject("192.0.2.8");
  fail(book, jail.name, WAITING, [30, 20, 10]);
  fail(book, jail.name, worst, [50, 40, 30, 20]);
  fail(book, jail.name, subject("192.0.2.9"), [3, 2, 1]);
  const { judge, events } = judgeOf(book);
  await judge.resume(restoreWindows([jail], book, NOW));
  const banned = events.flatMap((event) => (event.event === "ban" ? [event.ip] : []));
  assert.deepEqual(banned, [worst, WAITING, "192.0.2.9"]);
});

test("the edge of the window is included, and decided failures do not count again", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: () => undefined });
  const jail = await startJail('findtime = "10m"\n');
  const outside = subject("192.0.2.8");
  fail(book, jail.name, WAITING, [600, 300, 0]);
  fail(book, jail.name, outside, [601, 300, 0]);
  const reached = restoreWindows([jail], book, NOW);
  assert.equal(jail.window.countOf(WAITING, NOW), 3);
  const { judge, bans } = judgeOf(book);
  await judge.resume(reached);
  assert.deepEqual(bans(), [WAITING]);
  assert.equal(jail.window.countOf(WAITING, NOW), 0);
  assert.equal(jail.window.countOf(outside, NOW), 2);
});

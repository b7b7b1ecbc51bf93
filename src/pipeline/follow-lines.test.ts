import assert from "node:assert/strict";
import test from "node:test";
import { withAutoJails } from "../config/auto-jails.ts";
import { parseConfig } from "../config/parse-config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import { literalSubject } from "../domain/cidr.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { parseJailName } from "../domain/jail-name.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import { enableLinearRegex } from "../host/linear-regex.ts";
import { nextTurn } from "../host/timers.ts";
import { openBook } from "../record/open-book.ts";
import type { Emit, TelemetryEvent } from "../telemetry/events.ts";
import { Allow } from "./allow/allow.ts";
import { createFilterCompiler } from "../parse/filter/compile-filter.ts";
import { compileJails } from "../jails/compile-jails.ts";
import { LineFollower } from "./follow-lines.ts";
import type { Jail } from "../jails/jail.ts";
import { openLibrary } from "../jails/load-filters.ts";
import { restoreWindows } from "./restore-windows.ts";
import { createForwardingPeers } from "./forwarding-peers.ts";
import { createStateStore } from "../record/state-store.ts";

enableLinearRegex();

const NOW = instant(Date.parse("2026-11-23T12:00:00Z"));
const clock = { now: (): Instant => NOW, monotonic: (): number => 0 };
const silent = (): void => undefined;

const { filters } = await (await openLibrary([])).read(["sshd"]);
const compile = createFilterCompiler();

async function sshdJail(): Promise<Jail> {
  const paths = { state: "/state", socket: "/socket" };
  const config = await parseConfig([], { paths, ports: new Map() });
  const name = parseJailName("sshd");
  assert.ok(config.ok && name !== undefined);
  const { jails } = compileJails(
    withAutoJails(config.value, [name]).jails,
    { filters, compile },
    [],
  );
  const jail = jails.find((compiled) => compiled.jail.name === name)?.jail;
  assert.ok(jail !== undefined);
  return jail;
}

interface Told {
  readonly emit?: Emit;
  readonly enforce?: () => Promise<void>;
}

function follow(
  jail: Jail,
  book: BanBook,
  when: typeof clock = clock,
  file = "/log",
  { emit = silent, enforce = async () => undefined }: Told = {},
): LineFollower {
  const resolveName = async () => [];
  const allow = new Allow({ book, hostAddresses: () => [], resolveName, emit: silent });
  allow.rebuild([], NOW);
  return new LineFollower([{ jail, source: { kind: "file", files: [file] } }], {
    forwarders: createForwardingPeers(createStateStore(book)),
    book,
    allow,
    clock: when,
    localOffset: () => 0,
    emit,
    chance: () => 0,
    enforce,
    onBannedStillActive: silent,
    checkClock: silent,
    where: "/log",
  });
}

function batchOf(text: string, arrival: "live" | "backlog" = "backlog"): LineBatch {
  return { text, fields: undefined, arrival, cursor: undefined };
}

function failedAt(time: string, pid: number, stamp = `2026-11-23T${time}Z`): string {
  return `${stamp} web1 sshd[${pid}]: Failed password for root from 192.0.2.7 port 1 ssh2\n`;
}

test("a jail that moved counts no line again, even if the copy's timestamp differs by a second", async () => {
  const jail = await sshdJail();
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  const follower = follow(jail, book);
  jail.read.settle("file:/log");
  const lines = ["11:58:00.100", "11:58:00.800"];
  await follower.follow(batchOf(lines.map((time, i) => failedAt(time, i + 1)).join("")), []);
  const count = (): number => [...book.failuresSince(instant(0))].length;
  assert.equal(count(), 2);
  jail.read.beginMove();
  // The copies have whole seconds; one more line has the same second as the last.
  const copies = ["11:57:00", "11:58:00", "11:58:00", "11:58:00"];
  await follower.follow(batchOf(copies.map((time) => failedAt(time, 0)).join("")), []);
  assert.equal(count(), 3);
  await follower.follow(batchOf(failedAt("11:59:00", 9)), []);
  assert.equal(count(), 4);
});

test("a failure of a network keeps the client's address", async () => {
  const jail = await sshdJail();
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  const line = failedAt("11:59:00", 1).replace("192.0.2.7", "2001:db8::7");
  await follow(jail, book).follow(batchOf(line), []);
  const [failure] = book.recentFailures(literalSubject("2001:db8::/64"), 1);
  assert.deepEqual([failure?.subject, failure?.ip], ["2001:db8::/64", "2001:db8::7"]);
});

test("a jail's position is saved with its lines", async () => {
  const jail = await sshdJail();
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  jail.read.settle("file:/log");
  await follow(jail, book).follow(batchOf(failedAt("11:59:00", 1)), []);
  const again = await sshdJail();
  restoreWindows([again], book, NOW);
  assert.equal(again.read.place, "file:/log");
  again.read.beginMove();
  await follow(again, book).follow(batchOf(failedAt("11:59:00", 1)), []);
  assert.equal([...book.failuresSince(instant(0))].length, 1);
});

test("sessions of a login are saved with its lines, and only those that changed", async () => {
  const jail = await sshdJail();
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  const follower = follow(jail, book);
  const first = "2026-11-23T11:59:00Z web1 sshd[5]: Invalid user x from 192.0.2.7 port 1\n";
  await follower.follow(batchOf(first + failedAt("11:59:01", 6)), []);
  assert.equal(book.sessions(jail.name).length, 2);
  const again = await sshdJail();
  restoreWindows([again], book, NOW);
  const failed = first.replace("Invalid user x", "Failed password for invalid user x");
  const end = failed.replace("port 1", "port 1 ssh2");
  await follow(again, book).follow(batchOf(end), []);
  assert.equal([...book.failuresSince(instant(0))].length, 2, "announced before, confirmed now");
  await follow(again, book).follow(batchOf(end), []);
  assert.equal([...book.failuresSince(instant(0))].length, 3, "another attempt");
});

test("late lines of a relay are not a burst, for any timestamps", async () => {
  for (const stamps of [
    [
      "2026-11-22T06:00:00Z",
      "2026-11-22T12:00:00Z",
      "2026-11-22T18:00:00Z",
      "2026-11-23T00:00:00Z",
    ],
    [
      "2026-11-23T10:30:00Z",
      "2026-11-23T10:41:00Z",
      "2026-11-23T10:52:00Z",
      "2026-11-23T11:03:00Z",
    ],
    ["Nov 23 10:30:00", "Nov 23 10:41:00", "Nov 23 10:52:00", "Nov 23 11:03:00"],
    ["Nov 23 13:30:00", "Nov 23 14:41:00", "Nov 23 15:52:00", "Nov 23 17:03:00"],
  ]) {
    const jail = await sshdJail();
    await using book = openBook({ path: ":memory:", clock, emit: silent });
    const text = stamps.map((stamp, i) => failedAt("", i + 1, stamp)).join("");
    await follow(jail, book).follow(batchOf(text, "live"), []);
    assert.ok([...book.failuresSince(instant(0))].length <= 1, stamps.join());
  }
});

/** Without a zone, as syslog daemons write it: "Nov 23 12:00:00". */
function classicStamp(at: number): string {
  const [, day, month, , time] = new Date(at).toUTCString().split(" ");
  return `${month} ${day?.replace(/^0/, " ")} ${time}`;
}

/** Failures counted for one live line after a restart; `apart`: its deviation from the learned difference `off`. */
async function countedAfterRestart(
  off: number,
  { apart = 0, waits = 60_000, file = "/log" } = {},
): Promise<number> {
  let now = NOW;
  const moving = { ...clock, now: () => now };
  await using book = openBook({ path: ":memory:", clock: moving, emit: silent });
  let pid = 0;
  const live = (difference: number): LineBatch => {
    return batchOf(failedAt("", ++pid, classicStamp(now + difference)), "live");
  };
  const before = follow(await sshdJail(), book, moving);
  for (const wait of [0, 12_000, 12_000]) {
    now = instant(now + wait);
    await before.follow(live(off), []);
  }
  const count = (): number => [...book.failuresSince(instant(0))].length;
  now = instant(now + waits);
  const known = count();
  await follow(await sshdJail(), book, moving, file).follow(live(off + apart), []);
  return count() - known;
}

test("a learned wrong zone survives a restart, and applies from the first line", async () => {
  for (const off of [-2 * 3_600_000, -11 * 3_600_000, -30 * 60_000])
    assert.equal(await countedAfterRestart(off), 1, `${off}`);
});

test("a learned difference does not shift lines of another log, much later, or with another difference", async () => {
  const off = -2 * 3_600_000;
  assert.equal(await countedAfterRestart(off, { apart: -20 * 60_000 }), 0);
  assert.equal(await countedAfterRestart(off, { file: "/other" }), 0);
  assert.equal(await countedAfterRestart(off, { waits: 31 * 86_400_000 }), 0);
});

test("a failure of a backlog whose time cannot be read never counts as new", async () => {
  const stamps = ["", "28th Nov 2026, noon ", "Dez 31 11:59:59 ", "Feb 31 11:59:59 "];
  const text = stamps
    .map((stamp, i) => failedAt("", i + 1, stamp).replace("web1 ", stamp === "" ? "" : "web1 "))
    .join("");
  for (const arrival of ["backlog", "live"] as const) {
    const jail = await sshdJail();
    await using book = openBook({ path: ":memory:", clock, emit: silent });
    const events: TelemetryEvent[] = [];
    const follower = follow(jail, book, clock, "/log", {
      emit: (event) => void events.push(event),
    });
    await follower.follow(batchOf(text, arrival), []);
    const untimed = events.filter(({ event }) => event === "lines-untimed");
    const counted = [...book.failuresSince(instant(0))].length;
    if (arrival === "live") assert.deepEqual([counted, untimed], [jail.recognized, []]);
    else {
      assert.equal(counted, 0);
      assert.deepEqual(untimed, [
        { event: "lines-untimed", source: "/log", lines: jail.recognized },
      ]);
      assert.equal(jail.lastLineAt, undefined);
    }
    assert.ok(jail.recognized >= 3, `${jail.recognized} of ${stamps.length} were recognized`);
  }
});

test("of an old log, failures within the window count, including its edge", async () => {
  const jail = await sshdJail();
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  const stamp = (ago: number): string => new Date(NOW - ago).toISOString();
  const { findtime } = jail.config;
  const text = [findtime + 1, findtime, 0].map((ago, i) => failedAt("", i + 1, stamp(ago)));
  await follow(jail, book).follow(batchOf(text.join("")), []);
  assert.deepEqual(
    [...book.failuresSince(instant(0))].map(({ at }) => NOW - at),
    [findtime, 0],
  );
});

test("a timestamp in the future counts as now", async () => {
  const jail = await sshdJail();
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  await follow(jail, book).follow(batchOf(failedAt("15:00:00", 1)), []);
  assert.equal(jail.recognized, 1);
  assert.equal(jail.lastLineAt, NOW);
  assert.equal(jail.window.tracked, 0);
});

test("a line that no rule recognizes dates the log only if it was read when it arrived", async () => {
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  const text = "2026-11-23T11:00:00Z web1 sshd[1]: a message of a later version\n";
  for (const arrival of ["backlog", "live"] as const) {
    const jail = await sshdJail();
    await follow(jail, book).follow(batchOf(text, arrival), []);
    assert.equal(jail.unrecognized, 1);
    assert.equal(jail.lastLineAt, arrival === "live" ? NOW : undefined, arrival);
  }
});

test("a batch is finished after its bans were passed to the firewall", async () => {
  const jail = await sshdJail();
  await using book = openBook({ path: ":memory:", clock, emit: silent });
  const done: string[] = [];
  const enforce = async (): Promise<void> => {
    await nextTurn();
    done.push(...[...book.activeBans({})].map((ban) => ban.subject));
  };
  const text = Array.from({ length: jail.config.maxretry }, (_, n) => failedAt("11:59:00", n + 1));
  await follow(jail, book, clock, "/log", { enforce }).follow(batchOf(text.join("")), []);
  assert.deepEqual(done, ["192.0.2.7"]);
});

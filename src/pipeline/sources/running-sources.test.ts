/** A jail that moves to a log gets each unread line once, even if other jails read that log. */
import assert from "node:assert/strict";
import { appendFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { nextTurn } from "../../host/timers.ts";
import { openReadingDaemon, type ReadingDaemon } from "../reading-daemon.fixture.ts";
import type { ReadSource } from "./source-plan.ts";

const TWO = `[jails.sshd]
maxretry = 1000
[jails.slow]
filter = "sshd"
maxretry = 1000
findtime = "1h"
`;

/** A log of so many lines takes some turns to read. */
const OTHER_LINE = "2026-11-29T00:00:00Z host cron[1]: a line of another program\n";
const FILLER = OTHER_LINE.repeat(40_000);

interface Log {
  readonly path: string;
  readonly source: ReadSource;
  /** Logs one failed login, each time of a new process. */
  readonly fail: (ip: string) => void;
}

let process = 1000;

function openLog(daemon: ReadingDaemon, name: string, text = ""): Log {
  const path = join(daemon.folder, name);
  writeFileSync(path, text);
  return {
    path,
    source: { kind: "file", files: [path] },
    fail: (ip) => appendFileSync(path, lineOf(ip)),
  };
}

function lineOf(ip: string, at = new Date().toISOString()): string {
  process++;
  return `${at} host sshd[${process}]: Failed password for root from ${ip} port ${process} ssh2\n`;
}

/** Checks what each jail has counted, in its book, its window and its status. */
function assertCounted(daemon: ReadingDaemon, jail: string, ips: readonly string[]): void {
  const own = daemon.counted().filter((line) => line.startsWith(`${jail} `));
  assert.deepEqual(own.sort(), ips.map((ip) => `${jail} ${ip}`).sort());
  const live = daemon.jails.find(({ name }) => name === jail);
  assert.equal(live?.window.tracked, new Set(ips).size, `window of ${jail}`);
}

function untilCounted(daemon: ReadingDaemon, count: number): Promise<void> {
  return daemon.until(() => daemon.counted().length >= count, `${count} failures are counted`);
}

/** Writes attempts of new addresses to all logs, a few each turn, until `work` ends. */
async function underAttack(logs: readonly Log[], work: () => Promise<void>): Promise<string[]> {
  const ips: string[] = [];
  let isDone = false;
  const attack = (): void => {
    const ip = `198.18.${ips.length >> 8}.${ips.length & 255}`;
    ips.push(ip);
    const line = lineOf(ip);
    for (const { path } of logs) appendFileSync(path, line);
  };
  const done = work().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    if (ips.length < 20_000) attack();
    await nextTurn();
  }
  await done;
  return ips;
}

test("jails that swap their logs under attack count each attempt once", async () => {
  await using daemon = await openReadingDaemon(TWO);
  const a = openLog(daemon, "a.log", FILLER);
  const b = openLog(daemon, "b.log", FILLER);
  await daemon.read({ sshd: a.source, slow: b.source });
  const ips = await underAttack([a, b], async () => {
    for (const [sshd, slow] of [
      [b, a],
      [a, b],
      [b, b],
      [a, b],
      [a, a],
      [b, a],
    ] as const)
      await daemon.reload({ sshd: sshd.source, slow: slow.source });
  });
  await untilCounted(daemon, 2 * ips.length);
  assertCounted(daemon, "sshd", ips);
  assertCounted(daemon, "slow", ips);
});

test("a jail joins another jail's reader at its position, even among equal lines", async () => {
  await using daemon = await openReadingDaemon(TWO);
  const a = openLog(daemon, "a.log");
  const b = openLog(daemon, "b.log");
  const line = lineOf("192.0.2.7", `${new Date().toISOString().slice(0, 19)}Z`);
  await daemon.read({ sshd: a.source, slow: b.source });
  appendFileSync(b.path, line.repeat(5));
  await untilCounted(daemon, 5);
  await daemon.reload({ sshd: b.source, slow: b.source });
  await untilCounted(daemon, 10);
  // Equal lines in the same second.
  appendFileSync(b.path, line.repeat(5));
  await untilCounted(daemon, 20);
  const all = Array.from({ length: 10 }, () => "192.0.2.7");
  assertCounted(daemon, "sshd", all);
  assertCounted(daemon, "slow", all);
});

test("a new or re-enabled jail gets the lines that another has already read", async () => {
  await using daemon = await openReadingDaemon(TWO);
  const { source, fail } = openLog(daemon, "a.log");
  await daemon.read({ sshd: source });
  fail("192.0.2.1");
  await untilCounted(daemon, 1);
  await daemon.reload({ sshd: source, slow: source });
  await untilCounted(daemon, 2);
  await daemon.reload({ sshd: source });
  fail("192.0.2.2");
  await untilCounted(daemon, 3);
  await daemon.reload({ sshd: source, slow: source });
  await untilCounted(daemon, 4);
  // The same over restarts.
  await daemon.stop();
  await daemon.read({ sshd: source });
  fail("192.0.2.3");
  await untilCounted(daemon, 5);
  await daemon.stop();
  fail("192.0.2.4");
  await daemon.read({ sshd: source, slow: source });
  await untilCounted(daemon, 8);
  const all = [1, 2, 3, 4].map((n) => `192.0.2.${n}`);
  assertCounted(daemon, "sshd", all);
  assertCounted(daemon, "slow", all);
});

for (const how of ["renamed", "packed"] as const)
  for (const reader of ["has begun the new file", "is in the old file"] as const)
    test(`a jail is added to a log that was ${how}, and its reader ${reader}: every line counts once`, async () => {
      await using daemon = await openReadingDaemon(TWO);
      const a = openLog(daemon, "a.log");
      const b = openLog(daemon, "b.log");
      await daemon.read({ sshd: a.source, slow: b.source });
      const first = lineOf("192.0.2.1") + lineOf("192.0.2.2");
      appendFileSync(b.path, first);
      await untilCounted(daemon, 2);
      renameSync(b.path, `${b.path}.1`);
      if (how === "packed") {
        writeFileSync(`${b.path}.1.gz`, gzipSync(first));
        unlinkSync(`${b.path}.1`);
      }
      writeFileSync(b.path, "");
      if (reader === "has begun the new file") {
        b.fail("192.0.2.3");
        await untilCounted(daemon, 3);
      }
      await daemon.reload({ sshd: b.source, slow: b.source });
      b.fail("192.0.2.4");
      const all = [1, 2, ...(reader === "is in the old file" ? [] : [3]), 4].map(
        (n) => `192.0.2.${n}`,
      );
      await untilCounted(daemon, 2 * all.length);
      assertCounted(daemon, "sshd", all);
      assertCounted(daemon, "slow", all);
    });

test("a jail joins a reader that is still catching up", async () => {
  await using daemon = await openReadingDaemon(TWO);
  const a = openLog(daemon, "a.log");
  const ips = Array.from({ length: 40 }, (_, i) => `192.0.2.${i + 1}`);
  const b = openLog(
    daemon,
    "b.log",
    ips.map((ip) => OTHER_LINE.repeat(3000) + lineOf(ip)).join(""),
  );
  await daemon.read({ sshd: a.source, slow: b.source });
  await untilCounted(daemon, 3);
  await daemon.reload({ sshd: b.source, slow: b.source });
  await untilCounted(daemon, 80);
  b.fail("192.0.2.200");
  await untilCounted(daemon, 82);
  for (const jail of ["sshd", "slow"]) assertCounted(daemon, jail, [...ips, "192.0.2.200"]);
});

test("a line that is half written while a jail catches up is read once and complete", async () => {
  await using daemon = await openReadingDaemon(TWO);
  const a = openLog(daemon, "a.log");
  await daemon.read({ sshd: a.source });
  a.fail("192.0.2.1");
  await untilCounted(daemon, 1);
  const line = lineOf("192.0.2.20");
  const half = line.indexOf("0 port");
  const b = openLog(daemon, "b.log", line.slice(0, half));
  await daemon.reload({ sshd: b.source });
  appendFileSync(b.path, line.slice(half));
  await untilCounted(daemon, 2);
  assertCounted(daemon, "sshd", ["192.0.2.1", "192.0.2.20"]);
});

test("a jail that was catching up when the daemon ended continues after the restart", async () => {
  await using daemon = await openReadingDaemon(TWO);
  const a = openLog(daemon, "a.log");
  const b = openLog(daemon, "b.log", FILLER);
  await daemon.read({ sshd: a.source, slow: b.source });
  a.fail("192.0.2.1");
  for (const n of [2, 3, 4]) b.fail(`192.0.2.${n}`);
  await untilCounted(daemon, 4);
  const reloaded = daemon.reload({ sshd: b.source, slow: b.source });
  await daemon.stop();
  await reloaded;
  await daemon.read({ sshd: b.source, slow: b.source });
  await untilCounted(daemon, 7);
  assertCounted(daemon, "sshd", ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]);
});

test("lines that a jail catches up on do not count for drift again", async () => {
  const unknown = lineOf("192.0.2.1").replace("Failed password", "Surprising password");
  await using daemon = await openReadingDaemon(TWO);
  const { path, source, fail } = openLog(daemon, "a.log");
  const logBoth = (ip: string): void => {
    appendFileSync(path, unknown);
    fail(ip);
  };
  await daemon.read({ sshd: source, slow: source });
  logBoth("192.0.2.1");
  await untilCounted(daemon, 2);
  await daemon.reload({ sshd: source });
  logBoth("192.0.2.2");
  await untilCounted(daemon, 3);
  await daemon.reload({ sshd: source, slow: source });
  await untilCounted(daemon, 4);
  assert.equal(daemon.tallied, 4);
  await daemon.reload({});
  await daemon.reload({ sshd: source, slow: source });
  logBoth("192.0.2.3");
  await untilCounted(daemon, 6);
  assert.equal(daemon.tallied, 6);
});

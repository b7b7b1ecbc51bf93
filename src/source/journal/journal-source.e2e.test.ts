import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { duration } from "../../domain/duration.ts";
import type { LineSource } from "../../domain/line-source.ts";
import { systemClock } from "../../host/system-clock.ts";
import { JournalSource } from "./journal-source.ts";
import { type Journald, childrenOf, openJournald } from "./journald.fixture.ts";
import { lineSourceContract, numbered } from "../line-source.contract.ts";
import { startReading } from "../reading.fixture.ts";

const MATCHES = [["SYSLOG_IDENTIFIER=sshd"]];

function open(journald: Journald, cursors?: ReadonlyMap<string, string>): LineSource {
  return new JournalSource({
    matches: MATCHES,
    directory: journald.directory,
    resume: (key) => cursors?.get(key),
    since: instant(Date.now() - 3_600_000),
    longestWait: duration(200),
    clock: systemClock,
    emit: () => undefined,
  });
}

lineSourceContract({
  name: "journal",
  cursor: "durable",
  // The line length limits of logger's datagrams and of journald are below ours.
  longLines: "refused",
  bench: async () => {
    const journald = await openJournald();
    return {
      open: (emit, resume) =>
        new JournalSource({
          matches: MATCHES,
          directory: journald.directory,
          resume,
          clock: systemClock,
          emit,
        }),
      write: (lines) => journald.logAll("sshd", lines),
      close: async () => journald[Symbol.asyncDispose](),
    };
  },
});

test("journal: only matching entries, with their trusted fields", async () => {
  await using journald = await openJournald();
  await using reading = startReading(open(journald));
  journald.log("cron", "not for us");
  journald.log("sshd", "for us");
  await reading.until(1);
  assert.deepEqual(reading.lines, ["for us"]);
  const [fields] = reading.batches[0]?.fields ?? [];
  assert.equal(fields?.journal.get("SYSLOG_IDENTIFIER"), "sshd");
  assert.equal(fields?.journal.get("_UID"), "0");
  assert.ok(Math.abs((fields?.at ?? 0) - Date.now()) < 10_000);
  assert.ok((fields?.pid ?? 0) > 1);
  await reading.stop();
});

test("journal: newlines in a message become spaces, and forge no field or entry", async () => {
  await using journald = await openJournald();
  await using reading = startReading(open(journald));
  journald.logNative("sshd", "one\nMESSAGE=forged\n\n__CURSOR=x\nlast");
  journald.log("sshd", "after");
  await reading.until(2);
  assert.deepEqual(reading.lines, ["one MESSAGE=forged  __CURSOR=x last", "after"]);
  await reading.stop();
});

test("journal: journald restarted, rotated and vacuumed: no line lost or repeated", async () => {
  await using journald = await openJournald();
  await using reading = startReading(open(journald));
  journald.logAll("sshd", numbered(0, 100));
  await reading.until(100);
  journald.rotate();
  journald.logAll("sshd", numbered(100, 200));
  await reading.until(200);
  journald.vacuum();
  journald.logAll("sshd", numbered(200, 300));
  await reading.until(300);
  await journald.kill();
  await journald.start();
  journald.logAll("sshd", numbered(300, 400));
  await reading.until(400);
  await reading.stop();
  assert.deepEqual(reading.lines, numbered(0, 400));
});

test("journal: the child is killed repeatedly while lines arrive", async () => {
  await using journald = await openJournald();
  await using reading = startReading(open(journald));
  let killed = 0;
  for (let round = 0; round < 8; round++) {
    // Alternately killed during reading, and killed with unread lines.
    if (round % 2 === 0) await reading.until(round * 50);
    journald.logAll("sshd", numbered(round * 50, round * 50 + 50));
    for (const pid of childrenOf(process.pid).filter((pid) => isJournalctl(pid))) {
      process.kill(pid, "SIGKILL");
      killed++;
    }
  }
  await reading.until(400);
  await reading.stop();
  assert.deepEqual(reading.lines, numbered(0, 400));
  assert.ok(killed >= 4, `only ${killed} children killed`);
});

test("journal: the entry of the cursor was vacuumed while no reader ran", async () => {
  await using journald = await openJournald();
  await using first = startReading(open(journald));
  journald.logAll("sshd", ["old one", "old two"]);
  await first.until(2);
  await first.stop();
  journald.rotate();
  journald.logAll("sshd", ["new one", "new two"]);
  journald.vacuum();
  await using second = startReading(open(journald, first.cursors));
  journald.log("sshd", "new three");
  await second.until(3);
  await second.stop();
  assert.deepEqual(second.lines, ["new one", "new two", "new three"]);
});

test("journal: lines between the last one read and a reboot are not lost", async () => {
  await using journald = await openJournald({ boot: "11111111-2222-3333-4444-555555555555" });
  await using first = startReading(open(journald));
  journald.log("sshd", "read");
  await first.until(1);
  await first.stop();
  journald.log("sshd", "before the reboot");
  // journald writes asynchronously.
  await using witness = startReading(open(journald, first.cursors));
  await witness.until(1);
  await journald.kill();
  await journald.start();
  journald.log("sshd", "after the reboot");
  await using second = startReading(open(journald, first.cursors));
  journald.log("sshd", "live");
  await second.until(3);
  assert.deepEqual(second.lines, ["before the reboot", "after the reboot", "live"]);
});

test("journal: a missing journal makes a failed source, which is read once it exists", async () => {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-no-journal-${process.pid}-`));
  await using journald = await openJournald();
  const source = new JournalSource({
    matches: MATCHES,
    directory: join(folder, "journal"),
    resume: () => undefined,
    longestWait: duration(100),
    clock: systemClock,
    emit: () => reading?.recheck(),
  });
  await using reading = startReading(source);
  await reading.untilTrue(() => source.status().state === "failed", "failed");
  assert.match(source.status().reason ?? "", /exit code 1: .+/);
  symlinkSync(journald.directory, join(folder, "journal"));
  journald.log("sshd", "first");
  await reading.until(1);
  rmSync(folder, { recursive: true });
});

function isJournalctl(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "journalctl";
  } catch {
    return false;
  }
}

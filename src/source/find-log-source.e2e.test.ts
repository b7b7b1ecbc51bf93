import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
  unlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { instant } from "../domain/instant.ts";
import { systemClock } from "../host/system-clock.ts";
import { type FindLogSourceOptions, findLogSource } from "./find-log-source.ts";
import { JournalSource } from "./journal/journal-source.ts";
import { openJournald } from "./journal/journald.fixture.ts";
import { startReading } from "./reading.fixture.ts";

interface SearchBench extends Disposable {
  readonly file: string;
  look(changes: Partial<FindLogSourceOptions>): ReturnType<typeof findLogSource>;
}

function openSearchBench(): SearchBench {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-find-${process.pid}-`));
  const file = join(folder, "auth.log");
  return {
    file,
    look: (changes) =>
      findLogSource({
        programs: ["sshd", "sshd-session"],
        files: [file],
        journal: [],
        clock: systemClock,
        ...changes,
      }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const LINE =
  "Nov 23 04:52:01 host sshd-session[42]: Failed password for root from 192.0.2.7 port 1 ssh2\n";

test("find: no lines anywhere, and the searched places are reported", async () => {
  using place = openSearchBench();
  const missing = await place.look({});
  assert.deepEqual(missing, {
    chosen: undefined,
    looked: [{ where: place.file, found: "no such file" }],
    newestInFiles: undefined,
  });
  writeFileSync(place.file, "Nov 23 04:52:01 host cron[1]: sshd is not here\n");
  const other = await place.look({});
  assert.equal(other.chosen, undefined);
  assert.match(other.looked[0]?.found ?? "", /no line of sshd or sshd-session/);
});

test("find: an empty log is followed until lines are found somewhere", async () => {
  using place = openSearchBench();
  writeFileSync(place.file, "");
  const { chosen } = await place.look({});
  assert.deepEqual(chosen, { kind: "file", files: [place.file] });
  const newer = await place.look({ newerThan: instant(0) });
  assert.equal(newer.chosen, undefined, "no jail moves to it");
});

test("find: in a separate log every line counts, in a shared one only lines with the program name", async () => {
  using place = openSearchBench();
  writeFileSync(place.file, "2026-11-29 09:00:00 ERROR: login failed for joe from 192.0.2.7\n");
  const own = await place.look({ isShared: () => false });
  assert.deepEqual(own.chosen, { kind: "file", files: [place.file] });
  assert.match(own.looked[0]?.found ?? "", /^lines, the newest /);
  assert.equal((await place.look({ isShared: () => true })).chosen, undefined);
});

test("find: a separate log that has only lines of the system's own programs has none of the service", async () => {
  using place = openSearchBench();
  const own = { isShared: () => false, isSystemLine: (line: string) => line.includes(" CRON[") };
  writeFileSync(place.file, "Nov 23 04:53:01 host CRON[1]: x\n".repeat(3));
  const none = await place.look(own);
  assert.equal(none.chosen, undefined);
  assert.equal(none.newestInFiles, undefined);
  assert.match(none.looked[0]?.found ?? "", /^no line of /);
  writeFileSync(place.file, "started\nNov 23 04:53:01 host CRON[1]: x\n");
  assert.deepEqual((await place.look(own)).chosen, { kind: "file", files: [place.file] });
});

test("find: the file that contains its lines", async () => {
  using place = openSearchBench();
  writeFileSync(place.file, `${LINE}Nov 23 04:53:01 host cron[1]: x\n`);
  const { chosen, looked } = await place.look({});
  assert.deepEqual(chosen, { kind: "file", files: [place.file] });
  assert.match(looked[0]?.found ?? "", /lines of sshd or sshd-session, the newest /);
});

test("find: beside a shared log with lines, a separate log that is still empty is followed", async () => {
  using place = openSearchBench();
  const own = place.file.replace("auth.log", "own.log");
  writeFileSync(place.file, LINE);
  writeFileSync(own, "");
  const files = [own, place.file];
  const isShared = (file: string): boolean => file === place.file;
  assert.deepEqual((await place.look({ files, isShared })).chosen, { kind: "file", files });
  const shared = await place.look({ files });
  assert.deepEqual(shared.chosen, { kind: "file", files: [place.file] }, "no empty shared log");
});

test("find: a glob is followed as such, because it also matches logs of later clients", async () => {
  using place = openSearchBench();
  const glob = place.file.replace("auth.log", "log.*");
  assert.equal((await place.look({ files: [glob] })).chosen, undefined);
  for (const client of ["192.0.2.7", "192.0.2.8"])
    writeFileSync(place.file.replace("auth.log", `log.${client}`), LINE);
  const { chosen, looked } = await place.look({ files: [glob, place.file] });
  assert.deepEqual(chosen, { kind: "file", files: [glob] });
  assert.equal(looked.length, 3);
  const left = { kind: "file", files: [glob] } as const;
  const newer = await place.look({ files: [glob], left, newerThan: instant(0) });
  assert.equal(newer.chosen, undefined, "no jail moves to where it was");
});

test("find: a log without program names counts by its modification time", async () => {
  using place = openSearchBench();
  writeFileSync(place.file, '192.0.2.7 - - [23/Nov/2026:04:52:01 +0000] "GET / HTTP/1.1" 404 1\n');
  const { chosen } = await place.look({ programs: [] });
  assert.deepEqual(chosen, { kind: "file", files: [place.file] });
});

test("find: file and journal: the newest line wins, and the journal if both have it", async () => {
  using place = openSearchBench();
  await using journald = await openJournald();
  const journal = [["SYSLOG_IDENTIFIER=sshd"]];
  const directory = journald.directory;
  appendFileSync(place.file, LINE);

  const fileOnly = await place.look({ journal, directory });
  assert.equal(fileOnly.chosen?.kind, "file");
  assert.deepEqual(fileOnly.looked.at(-1), {
    where: "the journal",
    found: "no entries of SYSLOG_IDENTIFIER=sshd",
  });

  journald.log("sshd", "Failed password for root from 192.0.2.7 port 1 ssh2");
  await using reading = startReading(
    new JournalSource({
      matches: journal,
      directory,
      resume: () => undefined,
      since: instant(Date.now() - 60_000),
      clock: systemClock,
      emit: () => undefined,
    }),
  );
  await reading.until(1);
  const both = await place.look({ journal, directory });
  assert.deepEqual(both.chosen, { kind: "journal", matches: journal });
  assert.match(both.looked.at(-1)?.found ?? "", /^entries, the newest /);

  const changedAt = (at: number): void => utimesSync(place.file, at / 1000, at / 1000);
  // A minute is not a tie: the journal may have stopped storing.
  changedAt(Date.now() + 30_000);
  const alive = await place.look({ journal, directory });
  assert.equal(alive.chosen?.kind, "file");
  const left = { kind: "journal" } as const;
  changedAt(Date.now() + 2000);
  assert.equal((await place.look({ journal, directory })).chosen?.kind, "journal");
  const known = await place.look({ journal, directory, left });
  assert.equal(known.chosen?.kind, "file", "no tie is decided for the place that was left");
  const moving = { journal, directory, newerThan: instant(1) };
  assert.equal((await place.look({ ...moving, left })).chosen?.kind, "file");
  const fromFile = { kind: "file", files: [place.file] } as const;
  assert.equal((await place.look({ ...moving, left: fromFile })).chosen?.kind, "journal");
  unlinkSync(place.file);
  const nowhere = await place.look({ ...moving, left });
  assert.equal(nowhere.chosen, undefined, "never to the place just left");
  appendFileSync(place.file, LINE);

  changedAt(Date.now() + 3_600_000);
  const newer = await place.look({ journal, directory });
  assert.equal(newer.chosen?.kind, "file");
  changedAt(Date.now() - 3_600_000);
  const older = await place.look({ journal, directory });
  assert.equal(older.chosen?.kind, "journal");
});

test("find: the timestamp of an earlier line counts, not the file's modification time", async () => {
  using place = openSearchBench();
  const [hour, now] = [instant(Date.now() - 3_600_000), instant(Date.now())];
  writeFileSync(place.file, `${LINE}Nov 23 04:53:01 host cron[1]: x\n`);
  const stamped = await place.look({ instantOf: () => hour });
  assert.equal(stamped.newestInFiles, hour);
  const newer = await place.look({ instantOf: () => hour, newerThan: instant(hour + 1) });
  assert.equal(newer.chosen, undefined);
  const ahead = await place.look({ instantOf: () => instant(now + 3_600_000) });
  assert.ok((ahead.newestInFiles ?? 0) <= Date.now(), "nothing is written in the future");
  writeFileSync(place.file, LINE);
  const last = await place.look({ instantOf: () => hour });
  assert.ok((last.newestInFiles ?? 0) >= now - 1000, "the last line is as old as the file");
});

import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { duration } from "../../../domain/duration.ts";
import { instant } from "../../../domain/instant.ts";
import type {
  LineSource,
  OpenLogFile,
  OpenRow,
  SourceStatus,
} from "../../../domain/line-source.ts";
import type { AlarmClock } from "../../../domain/clock.ts";
import { systemClock } from "../../../host/system-clock.ts";
import { openFileSource } from "../../../source/file/file-source.ts";
import { startReading } from "../../../source/reading.fixture.ts";
import { hasUnreadLines } from "../../unread-lines.ts";
import { createFileComparison } from "./compare-files.ts";

const never = new AbortController().signal;
/** Aborted, so that a stuck reader is found without waiting. */
const aborted = AbortSignal.abort();

function openLog(): { readonly path: string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-compare-${process.pid}-`));
  const path = join(folder, "auth.log");
  writeFileSync(path, "one\ntwo\n");
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** A reader that stays at `offset` of the file. */
function readerAt(path: string, offset: number, openRow?: OpenRow): () => SourceStatus {
  const { dev, ino, size } = statSync(path, { bigint: true });
  const file = { path, device: `${dev}`, inode: `${ino}`, size: Number(size), offset };
  const held: OpenLogFile = { ...file, openRow };
  const tally = { lines: 1, cutLines: 0, lastLineAt: undefined };
  return () => ({
    kind: "file",
    where: path,
    state: "reading",
    reason: undefined,
    ...tally,
    openFiles: [held],
  });
}

function clockAt(): AlarmClock & { seconds: number } {
  const clock = {
    ...systemClock,
    seconds: 0,
    now: () => instant(1_700_000_000_000 + clock.seconds * 1000),
    monotonic: () => clock.seconds * 1000,
  };
  return clock;
}

test("the reader has read everything, including an incomplete line", async () => {
  using log = openLog();
  const source: LineSource = openFileSource({
    patterns: [log.path],
    resume: () => undefined,
    retireAfter: duration(100),
    clock: systemClock,
    emit: () => undefined,
  });
  await using reading = startReading(source);
  await reading.until(2);
  const comparison = createFileComparison(systemClock);
  assert.equal((await comparison.compare(() => source.status(), never))?.kind, "complete");
  appendFileSync(log.path, "three\nunfinis");
  await reading.until(3);
  assert.equal((await comparison.compare(() => source.status(), never))?.kind, "complete");
  await reading.stop();
});

test("a line that is unread in two checks means that the reader is stuck", async () => {
  using log = openLog();
  const clock = clockAt();
  const comparison = createFileComparison(clock);
  const reader = readerAt(log.path, 4);
  assert.equal((await comparison.compare(reader, aborted))?.kind, "catching-up");
  clock.seconds = 30;
  const found = await comparison.compare(reader, aborted);
  assert.equal(found?.kind, "stuck");
  assert.match(found.evidence, /lines of .*auth\.log after byte 4 of 8 were not read/);
});

test("a reader that makes progress is not stuck, even if it is far behind", async () => {
  using log = openLog();
  appendFileSync(log.path, "three\n");
  const clock = clockAt();
  const comparison = createFileComparison(clock);
  for (const [seconds, offset] of [
    [0, 0],
    [30, 4],
    [60, 8],
  ] as const) {
    clock.seconds = seconds;
    const { kind } = (await comparison.compare(readerAt(log.path, offset), aborted)) ?? {};
    assert.equal(kind, "catching-up", `after ${seconds} s`);
  }
});

test("a file that was emptied and written again, unnoticed, means that the reader is stuck", async () => {
  using log = openLog();
  const clock = clockAt();
  const comparison = createFileComparison(clock);
  const reader = readerAt(log.path, 8);
  writeFileSync(log.path, "new\n");
  await comparison.compare(reader, aborted);
  clock.seconds = 30;
  assert.equal((await comparison.compare(reader, aborted))?.kind, "stuck");
});

test("another file at the path does not affect the file that is read", async () => {
  using log = openLog();
  const comparison = createFileComparison(systemClock);
  const reader = readerAt(log.path, 8);
  const other = {
    ...reader(),
    held: reader().openFiles?.map((file) => ({ ...file, inode: "1" })) ?? [],
  };
  assert.equal((await comparison.compare(() => other, aborted))?.kind, "complete");
});

test("a row of CSV whose quote stays open holds back the lines behind it", async () => {
  using log = openLog();
  const clock = clockAt();
  const comparison = createFileComparison(clock);
  const kindAt = async (seconds: number, row: OpenRow): Promise<string | undefined> => {
    clock.seconds = seconds;
    return (await comparison.compare(readerAt(log.path, 4, row), aborted))?.kind;
  };
  // Nothing is behind the first line of the row, which may be written just now.
  assert.equal(await kindAt(0, { lines: 1, bytes: 4 }), "complete");
  appendFileSync(log.path, "three\n");
  assert.equal(await kindAt(100, { lines: 2, bytes: 10 }), "catching-up");
  appendFileSync(log.path, "four\n");
  clock.seconds = 130;
  const found = await comparison.compare(readerAt(log.path, 4, { lines: 3, bytes: 15 }), never);
  assert.equal(found?.kind, "held");
  assert.match(
    found.evidence,
    /a quote in .*auth\.log is open since the row at byte 4: 3 lines wait for its end \(first seen 30s ago\)/,
  );
});

test("lines behind an open row that the reader has not looked at mean that it is stuck", async () => {
  using log = openLog();
  const clock = clockAt();
  const comparison = createFileComparison(clock);
  const reader = readerAt(log.path, 0, { lines: 1, bytes: 4 });
  assert.equal((await comparison.compare(reader, aborted))?.kind, "catching-up");
  clock.seconds = 30;
  assert.equal((await comparison.compare(reader, aborted))?.kind, "stuck");
});

test("a line without an end, as on a full disk, is none that waits to be read", () => {
  using log = openLog();
  assert.equal(hasUnreadLines(readerAt(log.path, 4)()), true);
  assert.equal(hasUnreadLines(readerAt(log.path, 8)()), false);
  appendFileSync(log.path, "2026-11-23T1");
  assert.equal(hasUnreadLines(readerAt(log.path, 8)()), false);
  appendFileSync(log.path, "0:00:00\n");
  assert.equal(hasUnreadLines(readerAt(log.path, 8)()), true);
});

test("what is left of a renamed log waits to be read", () => {
  using log = openLog();
  const status = readerAt(log.path, 6)();
  renameSync(log.path, `${log.path}.1`);
  writeFileSync(log.path, "");
  assert.equal(hasUnreadLines(status), true);
});

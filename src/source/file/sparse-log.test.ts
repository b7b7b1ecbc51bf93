import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { duration } from "../../domain/duration.ts";
import { CUT_MARK, MAX_LINE_BYTES } from "../../domain/line-batch.ts";
import type { LineSource } from "../../domain/line-source.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { startReading } from "../reading.fixture.ts";
import { cursorKeyOf, formatFileCursor } from "./file-cursor.ts";
import { openFileSource } from "./file-source.ts";
import { LogFile } from "./log-file.ts";
import { readOnce } from "./read-once.ts";

const MIB = 1_048_576;
const FIRST = "a line long enough to identify a file\n";
const folder = mkdtempSync(join(tmpdir(), `bailiff-sparse-${process.pid}-`));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a log with a hole after `begin`, and `end` behind it. */
function sparse(name: string, begin: string, mebibytes: number, end: string): string {
  const path = join(folder, name);
  writeFileSync(path, begin);
  truncateSync(path, mebibytes * MIB);
  appendFileSync(path, end);
  return path;
}

function open(
  path: string,
  cursors?: ReadonlyMap<string, string>,
  emit: (event: TelemetryEvent) => void = () => undefined,
): LineSource {
  return openFileSource({
    patterns: [path],
    resume: (key) => cursors?.get(key),
    retireAfter: duration(100),
    clock: systemClock,
    emit,
  });
}

/** Reads a file to its end. Returns its lines, and the number of calls that it took. */
function readAll(file: LogFile): { lines: readonly string[]; calls: number } {
  const buffer = Buffer.alloc(262_144);
  const lines: string[] = [];
  let calls = 0;
  for (;;) {
    calls++;
    const taken = file.next(buffer);
    if (taken === undefined && !file.isSearching) return { lines, calls };
    if (taken !== undefined) lines.push(...taken.text.slice(0, -1).split("\n"));
  }
}

test("one call searches a bounded part of a hole, and lines behind the hole are read", () => {
  for (const begin of ["", "x"]) {
    const file = new LogFile(sparse(`bounded${begin}`, begin, 80, "\nlater\n"));
    const { lines, calls } = readAll(file);
    assert.ok(calls > 78, `${calls} calls`);
    assert.ok(lines.length <= 3 && lines[0]?.endsWith(CUT_MARK));
    assert.equal(lines.at(-1), "later");
    file.close();
  }
});

test("a shorter hole is no line, and is not searched again when it grows", () => {
  const file = new LogFile(sparse("short", FIRST, 3, ""));
  assert.deepEqual(readAll(file), { lines: [FIRST.trim()], calls: 4 });
  appendFileSync(file.path, "later\n");
  assert.deepEqual(readAll(file), { lines: ["later"], calls: 2 });
  file.close();
});

test("a log that is shortened again is read from where its last line ended", () => {
  const file = new LogFile(sparse("shortened", `${FIRST}x`, 3, ""));
  assert.deepEqual(readAll(file).lines, [FIRST.trim()]);
  truncateSync(file.path, FIRST.length + 1);
  appendFileSync(file.path, `${"y".repeat(MAX_LINE_BYTES)}\nlater\n`);
  const { lines } = readAll(file);
  assert.deepEqual([lines.length, lines[1]], [2, "later"]);
  file.close();
});

test("other logs are read while a hole is searched; the cut line is reported", async () => {
  const events: TelemetryEvent[] = [];
  const hole = sparse("auth.log", `${FIRST}x`, 100, "\nlater\n");
  const other = join(folder, "other");
  writeFileSync(other, "one\n");
  const source = open(hole, undefined, (event) => events.push(event));
  await using searching = startReading(source);
  await using reading = startReading(open(other));
  await searching.until(1);
  await reading.until(1);
  appendFileSync(other, "two\n");
  await reading.until(2);
  assert.ok(!searching.lines.includes("later"), "the hole is not searched to its end");
  await searching.untilTrue(() => searching.lines.includes("later"), "the line behind the hole");
  assert.equal(source.status().cutLines, 1);
  assert.ok(events.some(({ event }) => event === "line-cut"));
});

test("a restart continues behind what was searched, and loses no later line", async () => {
  const path = sparse("restart", `${FIRST}x`, 140, "\nlater\n");
  await using first = startReading(open(path));
  await first.until(2);
  await first.stop();
  const cursor = JSON.parse(first.cursors.get(cursorKeyOf(path)) ?? "") as { offset: number };
  assert.ok(cursor.offset >= 64 * MIB && cursor.offset < statSync(path).size);
  await using second = startReading(open(path, first.cursors));
  await second.untilTrue(() => second.lines.includes("later"), "the line behind the hole");
  assert.ok(!second.lines.includes(FIRST.trim()));
});

test("the rest of a line that was passed is no line, after a restart too", async () => {
  const path = join(folder, "endless");
  writeFileSync(path, FIRST + "y".repeat(65 * MIB));
  await using first = startReading(open(path));
  await first.until(2);
  appendFileSync(path, "forged\nlater\n");
  await using second = startReading(open(path, first.cursors));
  for (const reading of [first, second]) {
    await reading.untilTrue(() => reading.lines.includes("later"), "the next line");
    assert.ok(!reading.lines.includes("forged"));
  }
});

test("a log that is rotated while it is searched is read to its end", async () => {
  const path = sparse("rotated", `${FIRST}x`, 100, "\nlater\n");
  await using reading = startReading(open(path));
  await reading.until(1);
  renameSync(path, `${path}.1`);
  writeFileSync(path, "the new file\n");
  await reading.untilTrue(() => reading.lines.includes("the new file"), "the new file");
  assert.ok(reading.lines.includes("later"));
});

test("an archive is continued behind the line that the position is in", async () => {
  const path = join(folder, "archived");
  writeFileSync(path, `${FIRST}hal`);
  const file = new LogFile(path);
  file.seek(file.size);
  const cursor = formatFileCursor({ ...file.cursor(), at: 1 });
  file.close();
  appendFileSync(path, "f\nlater\n");
  writeFileSync(`${path}.1.gz`, gzipSync(readFileSync(path)));
  unlinkSync(path);
  await using reading = startReading(open(path, new Map([[cursorKeyOf(path), cursor]])));
  await reading.until(1);
  assert.deepEqual(reading.lines, ["later"]);
});

test("a scan reads the lines behind a hole", async () => {
  const path = sparse("scanned", `${FIRST}x`, 10, "\nlater\n");
  let text = "";
  const { signal } = new AbortController();
  for await (const batch of readOnce({ path, signal })) text += batch.text;
  assert.ok(text.startsWith(FIRST) && text.endsWith("\nlater\n"));
});

/** Records of several lines in files: over reads, restarts and rotations, and with hostile content. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  readFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { duration } from "../../domain/duration.ts";
import { CUT_MARK, MAX_LINE_BYTES } from "../../domain/line-batch.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import { systemClock } from "../../host/system-clock.ts";
import { startReading, type Reading } from "../reading.fixture.ts";
import { RECORD_SILENCE_MS } from "../join-lines.ts";
import { openFileSource } from "./file-source.ts";

const START: RecordStart = {
  id: "star",
  begins: (line) => line.startsWith("* "),
  unwrap: () => undefined,
};

/** Time passes only when a test says so, so that a slow machine ends no record. */
class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), `bailiff-records-${process.pid}-`));
  readonly log = join(this.folder, "log");
  readonly cursors = new Map<string, string>();
  #monotonic = 0;
  cutLines = 0;

  pass(milliseconds: number): void {
    this.#monotonic += milliseconds;
  }

  read(...files: readonly string[]): Reading {
    const source = openFileSource({
      patterns: files.length === 0 ? [this.log] : files,
      start: START,
      resume: (key) => this.cursors.get(key),
      retireAfter: duration(5000),
      clock: { ...systemClock, monotonic: () => this.#monotonic },
      emit: ({ event }) => {
        if (event === "line-cut") this.cutLines++;
      },
    });
    return startReading(source);
  }

  /** Stops as if killed: only the cursors of the batches remain. */
  async kill(reading: Reading): Promise<void> {
    await reading.stop();
    for (const [key, value] of reading.cursors) this.cursors.set(key, value);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

test("a record comes as one line, once the next begins, or nothing came for a while", async () => {
  using bench = new Bench();
  writeFileSync(bench.log, "* one\n  more\n* two\n");
  await using reading = bench.read();
  assert.deepEqual(await reading.until(1), ["* one   more"]);
  appendFileSync(bench.log, "of two\n");
  bench.pass(RECORD_SILENCE_MS - 1);
  appendFileSync(bench.log, "* three\n");
  assert.deepEqual(await reading.until(2), ["* one   more", "* two of two"]);
  // An incomplete line shows that its writer is in the middle of the record.
  appendFileSync(bench.log, "of th");
  bench.pass(RECORD_SILENCE_MS);
  appendFileSync(bench.log, "ree\n* fo");
  bench.pass(RECORD_SILENCE_MS);
  appendFileSync(bench.log, "ur\n");
  assert.deepEqual((await reading.until(3)).at(-1), "* three of three");
  bench.pass(0);
  const silence = setInterval(() => bench.pass(RECORD_SILENCE_MS), 100);
  assert.deepEqual((await reading.until(4)).at(-1), "* four");
  clearInterval(silence);
  assert.deepEqual(
    reading.batches.flatMap(({ records }) => records ?? []),
    [
      { lines: 2, begins: true },
      { lines: 2, begins: true },
      { lines: 2, begins: true },
      { lines: 1, begins: true },
    ],
  );
  await reading.stop();
});

test("whatever is written together, and wherever the reader is killed, each record comes once", async () => {
  const whole = Array.from({ length: 120 }, (_, i) => [
    `* ${i} ü`,
    ...Array.from({ length: (i * 7) % 5 }, (__, line) => `\t${i}.${line}`),
  ]);
  const text = Buffer.from(`${whole.flat().join("\n")}\n* end\n`);
  for (const step of [1, 7, 64, 301]) {
    using bench = new Bench();
    writeFileSync(bench.log, "");
    const got: string[] = [];
    let reading = bench.read();
    const size = step === 1 ? 40 : text.length;
    for (let at = 0; at < size; at += step) {
      appendFileSync(bench.log, text.subarray(at, Math.min(size, at + step)));
      if ((at / step) % 11 !== 10) continue;
      await bench.kill(reading);
      got.push(...reading.lines);
      reading = bench.read();
    }
    const expected = whole
      .map((lines) => lines.join(" "))
      .slice(0, step === 1 ? text.subarray(0, size).toString().split("* ").length - 2 : undefined);
    await reading.untilTrue(
      () => got.length + reading.lines.length >= expected.length,
      "all records",
    );
    await reading.stop();
    assert.deepEqual([...got, ...reading.lines], expected, `in steps of ${step} bytes`);
  }
});

test("what is over the bound is cut, and lines behind it are not believed", async () => {
  using bench = new Bench();
  const long = `  ${"x".repeat(1000)}`;
  writeFileSync(bench.log, `* one\n${`${long}\n`.repeat(20)}fake\n* two\n* three\n`);
  await using reading = bench.read();
  await reading.until(7);
  const [first = "", ...more] = reading.lines;
  assert.ok(first.endsWith(CUT_MARK) && first.startsWith(`* one ${long}`));
  assert.ok(Buffer.byteLength(first) <= MAX_LINE_BYTES + 1);
  assert.equal(more.at(-2), `fake${CUT_MARK}`);
  assert.equal(more.at(-1), "* two");
  const records = reading.batches.flatMap((batch) => batch.records ?? []);
  assert.deepEqual(records.slice(0, 1), [{ lines: 17, begins: true }]);
  assert.ok(records.slice(1, -1).every(({ begins }) => !begins));
  assert.equal(bench.cutLines, 1);
  await reading.stop();
});

test("a record that never ends holds back no later one, and no memory", async () => {
  using bench = new Bench();
  writeFileSync(bench.log, "* flood\n");
  await using reading = bench.read();
  for (let i = 0; i < 40; i++) appendFileSync(bench.log, `${"y".repeat(7000)}\n`);
  appendFileSync(bench.log, `${"z".repeat(50_000)}\n* next\n* last\n`);
  await reading.untilTrue(() => reading.lines.includes("* next"), "the next record");
  assert.ok(reading.lines[0]?.startsWith("* flood") && reading.lines[0].endsWith(CUT_MARK));
  assert.ok(reading.lines.every((line) => Buffer.byteLength(line) <= MAX_LINE_BYTES + 1));
  await reading.stop();
});

test("a line that no record begins before is not believed", async () => {
  using bench = new Bench();
  writeFileSync(bench.log, "rest\n* one\n* two\n");
  await using reading = bench.read();
  await reading.until(2);
  assert.deepEqual(reading.lines, [`rest${CUT_MARK}`, "* one"]);
  assert.deepEqual(reading.batches[0]?.records?.[0], { lines: 1, begins: false });
  await reading.stop();
});

test("a rotation in the middle of a record: the writer ends it in the old file", async () => {
  using bench = new Bench();
  writeFileSync(bench.log, "* one\n* two\n");
  await using reading = bench.read();
  await reading.until(1);
  renameSync(bench.log, `${bench.log}.1`);
  writeFileSync(bench.log, "* three\nof three\n* four\n");
  appendFileSync(`${bench.log}.1`, "of two\n");
  const silence = setInterval(() => bench.pass(RECORD_SILENCE_MS), 100);
  const lines = await reading.until(4);
  clearInterval(silence);
  assert.deepEqual(lines, ["* one", "* two of two", "* three of three", "* four"]);
  await reading.stop();
});

test("rotated and compressed while stopped in the middle of a record", async () => {
  using bench = new Bench();
  const filler = `* filler ${"f".repeat(60)}\n`;
  writeFileSync(bench.log, `${filler}* two\n`);
  const first = bench.read();
  await first.until(1);
  await bench.kill(first);
  appendFileSync(bench.log, "of two\n* three\nof three\n");
  writeFileSync(`${bench.log}.1.gz`, gzipSync(readFileSync(bench.log)));
  unlinkSync(bench.log);
  writeFileSync(bench.log, "* four\n* five\n");
  await using second = bench.read();
  assert.deepEqual(await second.until(3), ["* two of two", "* three of three", "* four"]);
  await second.stop();
});

test("copied and emptied in the middle of a record", async () => {
  using bench = new Bench();
  const filler = `* filler ${"f".repeat(60)}\n`;
  writeFileSync(bench.log, `${filler}* two\n`);
  await using reading = bench.read();
  await reading.until(1);
  appendFileSync(bench.log, "of two\n");
  copyFileSync(bench.log, `${bench.log}.1`);
  truncateSync(bench.log);
  appendFileSync(bench.log, "late\n* three\n* four\n");
  const silence = setInterval(() => bench.pass(RECORD_SILENCE_MS), 100);
  const lines = await reading.until(5);
  clearInterval(silence);
  const [, two, ...more] = lines;
  assert.equal(two, "* two of two");
  assert.deepEqual(more, [`late${CUT_MARK}`, "* three", "* four"]);
  await reading.stop();
});

test("files that grow in turn keep their records apart", async () => {
  using bench = new Bench();
  const [a, b] = [join(bench.folder, "a"), join(bench.folder, "b")];
  writeFileSync(a, "* a1\n");
  writeFileSync(b, "* b1\n");
  await using reading = bench.read(a, b);
  for (let i = 2; i < 30; i++) {
    appendFileSync(a, `of a\n* a${i}\n`);
    appendFileSync(b, `of b\nmore b\n* b${i}\n`);
  }
  await reading.until(56);
  const of = (file: string): readonly string[] =>
    reading.lines.filter((line) => line.startsWith(`* ${file}`));
  assert.deepEqual(
    of("a"),
    Array.from({ length: 28 }, (_, i) => `* a${i + 1} of a`),
  );
  assert.deepEqual(
    of("b"),
    Array.from({ length: 28 }, (_, i) => `* b${i + 1} of b more b`),
  );
  await reading.stop();
});

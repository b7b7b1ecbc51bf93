/** Rows of CSV with line breaks within quotes, from the file to the count: over restarts, rotations and torn rows. */
import assert from "node:assert/strict";
import {
  appendFileSync,
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
import { duration } from "../domain/duration.ts";
import { CUT_MARK } from "../domain/line-batch.ts";
import type { RecordStart } from "../domain/record-start.ts";
import { nextTurn } from "../host/timers.ts";
import { systemClock } from "../host/system-clock.ts";
import { readQuotes } from "../parse/structured/csv-quotes.ts";
import { openFileSource } from "../source/file/file-source.ts";
import { createLineAssembler } from "../source/line-assembler.ts";
import { type Reading, startReading } from "../source/reading.fixture.ts";
import { openReadingDaemon } from "./reading-daemon.fixture.ts";

const START: RecordStart = {
  ...{ id: "rows", begins: () => true, unwrap: () => undefined },
  quotes: readQuotes,
};

class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), `bailiff-rows-${process.pid}-`));
  readonly log = join(this.folder, "log");
  readonly cursors = new Map<string, string>();
  cutLines = 0;

  read(): Reading {
    const source = openFileSource({
      patterns: [this.log],
      start: START,
      resume: (key) => this.cursors.get(key),
      retireAfter: duration(200),
      clock: systemClock,
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

/** Returns lines that may be believed. */
function believed({ batches }: Reading): readonly string[] {
  return batches.flatMap(({ text, records }) =>
    text
      .slice(0, -1)
      .split("\n")
      .filter((_, i) => records?.[i]?.begins === true),
  );
}

test("a row is read once its quotes are closed, as one line", async () => {
  using bench = new Bench();
  writeFileSync(bench.log, 'a,b\nc,"d\nfake,row\n');
  await using reading = bench.read();
  assert.deepEqual(await reading.until(1), ["a,b"]);
  appendFileSync(bench.log, 'x",e\nf,g\n');
  assert.deepEqual(await reading.until(3), ["a,b", 'c,"d fake,row x",e', "f,g"]);
  assert.deepEqual(
    reading.batches.flatMap(({ records }) => records ?? []),
    [
      { lines: 1, begins: true },
      { lines: 3, begins: true },
      { lines: 1, begins: true },
    ],
  );
});

test("whatever is written together, and wherever the reader is killed, each row comes once", async () => {
  const rows = Array.from({ length: 60 }, (_, i) => {
    const inner = Array.from({ length: i % 4 }, (__, n) => `fake ü ""${n}"",row`).join("\n");
    return i % 3 === 0 ? `${i},plain` : `${i},"${inner}",x`;
  });
  const text = Buffer.from(`${rows.join("\n")}\n`);
  for (const step of [7, 64, 301]) {
    using bench = new Bench();
    writeFileSync(bench.log, "");
    const got: string[] = [];
    let reading = bench.read();
    for (let at = 0; at < text.length; at += step) {
      appendFileSync(bench.log, text.subarray(at, at + step));
      if ((at / step) % 11 !== 10) continue;
      await bench.kill(reading);
      got.push(...reading.lines);
      reading = bench.read();
    }
    await reading.untilTrue(() => got.length + reading.lines.length >= rows.length, "all rows");
    await reading.stop();
    assert.deepEqual(
      [...got, ...reading.lines],
      rows.map((row) => row.replaceAll("\n", " ")),
      `in steps of ${step} bytes`,
    );
  }
});

test("a row that is too long is cut, and nothing within its quotes is believed, also after a restart", async () => {
  using bench = new Bench();
  const fakes = `fake,${"x".repeat(1000)}\n`.repeat(30);
  writeFileSync(bench.log, `a,b\nc,"d\n${fakes}`);
  const first = bench.read();
  await first.untilTrue(() => first.lines.length > 5, "the cut row");
  await bench.kill(first);
  assert.deepEqual(believed(first), ["a,b"]);
  assert.equal(bench.cutLines, 1);
  appendFileSync(bench.log, 'fake,row\nend",e\nf,g\n');
  await using second = bench.read();
  await second.untilTrue(() => second.lines.includes("f,g"), "the next row");
  assert.deepEqual(believed(second), ["f,g"]);
  assert.ok(second.lines.includes(`fake,row${CUT_MARK}`));
  await second.stop();
});

test("behind a row that was never completed, the next quote shows where rows begin", async () => {
  using bench = new Bench();
  writeFileSync(bench.log, 'a,"torn\nb,c\nd,"e, f",g\nh,i\n');
  await using reading = bench.read();
  await reading.untilTrue(() => reading.lines.includes("h,i"), "the last row");
  assert.deepEqual(believed(reading), ['d,"e, f",g', "h,i"]);
  await reading.stop();
});

test("a file that is replaced in the middle of a row", async () => {
  using bench = new Bench();
  writeFileSync(bench.log, 'a,b\nc,"d\n');
  await using reading = bench.read();
  await reading.until(1);
  renameSync(bench.log, `${bench.log}.1`);
  writeFileSync(bench.log, "e,f\n");
  appendFileSync(`${bench.log}.1`, 'fake,row\nx",y\n');
  await reading.untilTrue(() => reading.lines.includes("e,f"), "the new file");
  assert.deepEqual(believed(reading), ["a,b", 'c,"d fake,row x",y', "e,f"]);
  await reading.stop();
});

test("a file that is emptied in the middle of a row may begin with the rest of it", async () => {
  using bench = new Bench();
  writeFileSync(bench.log, `a,${"b".repeat(100)}\nc,"d\n`);
  await using reading = bench.read();
  await reading.until(1);
  // The open row is looked at again, as a file grows.
  truncateSync(bench.log);
  appendFileSync(bench.log, 'fake,row\nx",y\ne,f\n');
  await reading.untilTrue(() => reading.lines.includes("e,f"), "the row behind it");
  assert.ok(!believed(reading).includes("fake,row"), believed(reading).join("\n"));
  await reading.stop();
});

test("compressed while stopped in the middle of a row", async () => {
  using bench = new Bench();
  writeFileSync(bench.log, `a,${"b".repeat(100)}\nc,"d\n`);
  const first = bench.read();
  await first.until(1);
  await bench.kill(first);
  appendFileSync(bench.log, 'fake,row\nx",y\n');
  writeFileSync(`${bench.log}.1.gz`, gzipSync(readFileSync(bench.log)));
  unlinkSync(bench.log);
  writeFileSync(bench.log, "e,f\n");
  await using second = bench.read();
  assert.deepEqual(await second.until(2), ['c,"d fake,row x",y', "e,f"]);
  await second.stop();
});

test("rows in a stream, and what is open at its end", () => {
  const lines = createLineAssembler(START);
  const chunk = (text: string): string | undefined => lines.push(Buffer.from(text))?.text;
  assert.equal(chunk('a,b\nc,"d\nfa'), "a,b\n");
  assert.equal(chunk("ke,row\n"), undefined);
  assert.equal(lines.settle(), undefined, "a silence ends no row");
  assert.equal(chunk('x",y\ne,"f\n'), 'c,"d fake,row x",y\n');
  const last = lines.end("missing");
  assert.equal(last?.text, `e,"f${CUT_MARK}\n`);
  assert.deepEqual(last.records, [{ lines: 1, begins: false }]);
});

test("a position in the middle of a file is looked up", async () => {
  using bench = new Bench();
  const filler = 'g,"h\ni"\n'.repeat(40);
  writeFileSync(bench.log, `${filler}c,"d\nfake,row\n`);
  const source = openFileSource({
    patterns: [bench.log],
    start: START,
    resume: () => undefined,
    maxBacklogBytes: 12,
    clock: systemClock,
    emit: () => undefined,
  });
  await using reading = startReading(source);
  await reading.until(1);
  appendFileSync(bench.log, 'x",y\ne,f\n');
  await reading.untilTrue(() => reading.lines.includes("e,f"), "the next row");
  assert.deepEqual(believed(reading), ["e,f"]);
  await reading.stop();
});

const FILTER = `name = "gate"
ports = ["8080"]
columns = ["time", "event", "account", "address"]
time_field = "time"

[[rule]]
id = "denied"
is = "failure"
csv = { event = "login denied", address = "{ip}", account = "{user}" }

[[sample]]
line = '''
2026-11-28T09:19:59Z,login denied,"alice
the first",192.0.2.7'''
expect = { rule = "denied", ip = "192.0.2.7", user = "alice the first" }
`;
/** Waits for what no event reports. */
async function untilTrue(condition: () => boolean, what: string): Promise<void> {
  const limit = AbortSignal.timeout(60_000);
  while (!condition()) {
    assert.ok(!limit.aborted, what);
    await nextTurn();
  }
}

const TOML = '[jails.a]\nfilter = "gate"\nmaxretry = 1000\nfindtime = "1h"\n';

test("an account with a line break and a forged row accuses only its own address", async () => {
  for (const stated of ["", "escapes_line_breaks = true\n"]) {
    const filter = stated + FILTER.replace("alice\nthe first", "alice the first");
    await using daemon = await openReadingDaemon(TOML, { gate: stated === "" ? FILTER : filter });
    const path = join(daemon.folder, "gate.csv");
    const row = (account: string, ip: string): string =>
      `${new Date().toISOString()},login denied,${account},${ip}\n`;
    const forged = row("x", "203.0.113.9");
    writeFileSync(path, row(`"bob\n${forged}"`, "192.0.2.1") + row("carol", "192.0.2.2"));
    await daemon.read({ a: { kind: "file", files: [path] } });
    await daemon.until(() => daemon.counted().includes("a 192.0.2.2"), "the last row");
    // A service that states to escape line breaks writes no such row.
    const first = stated === "" ? "a 192.0.2.1" : "a 203.0.113.9";
    assert.deepEqual(daemon.counted().toSorted(), [first, "a 192.0.2.2"].toSorted());
  }
});

test("lines behind an open quote wait, and are in doubt once the row is too long, until a row is believed", async () => {
  await using daemon = await openReadingDaemon(TOML, { gate: FILTER });
  const path = join(daemon.folder, "gate.csv");
  const row = (account: string, ip: string): string =>
    `${new Date().toISOString()},login denied,${account},${ip}\n`;
  // A service that puts no value in quotes.
  writeFileSync(path, row("alice", "192.0.2.1") + row('"bob', "192.0.2.2") + row("x", "192.0.2.3"));
  await daemon.read({ a: { kind: "file", files: [path] } });
  await daemon.until(() => daemon.counted().includes("a 192.0.2.1"), "the first row");
  assert.equal(daemon.statusOf("a")?.openFiles?.[0]?.openRow?.lines, 2);
  const [jail] = daemon.jails;
  const { tallied } = daemon;
  appendFileSync(path, row("y".repeat(1000), "192.0.2.4").repeat(20));
  await daemon.until(
    () => daemon.events.some(({ event }) => event === "line-cut"),
    "the row is cut",
  );
  appendFileSync(path, row("x", "192.0.2.5"));
  await untilTrue(() => (jail?.doubted ?? 0) > 1, "lines in doubt");
  assert.equal(daemon.tallied, tallied, "they show no drift");
  assert.equal(daemon.statusOf("a")?.openFiles?.[0]?.openRow, undefined);
  appendFileSync(path, row('"carol, the first"', "192.0.2.6"));
  await daemon.until(() => daemon.counted().includes("a 192.0.2.6"), "a quote shows a row");
  assert.equal(jail?.doubted, 0);
});

test("in the log of a container, rows of each stream are joined, and none within one is believed", async () => {
  const positions = FILTER.replace(/columns.*\ntime_field.*\n/, "")
    .replace("event =", "2 =")
    .replace("address =", "4 =")
    .replace("account =", "3 =")
    .replace(/\[\[sample\]\][^]*/, "");
  const row = (account: string, ip: string): string =>
    `${new Date().toISOString()},login denied,${account},${ip}`;
  const docker = (text: string, stream: string): string =>
    `${JSON.stringify({ log: `${text}\n`, stream, time: new Date().toISOString() })}\n`;
  const cri = (text: string, stream: string): string =>
    `${new Date().toISOString()} ${stream} F ${text}\n`;
  for (const wrap of [docker, cri]) {
    await using daemon = await openReadingDaemon(TOML, { gate: positions });
    const path = join(daemon.folder, "gate.log");
    const source = { a: { kind: "file", files: [path] } } as const;
    const until = (ip: string): Promise<void> =>
      daemon.until(() => daemon.counted().includes(`a ${ip}`), `${ip} counts`);
    // The first line of each stream counts for nothing.
    const heads = wrap("begin", "stdout") + wrap("begin", "stderr");
    const forge = (account: string): string => wrap(row(account, "203.0.113.9"), "stdout");
    const open = wrap(row('"bob', "").slice(0, -1), "stdout");
    writeFileSync(path, `${heads}${wrap(row("alice", "192.0.2.8"), "stderr")}${open}${forge("x")}`);
    appendFileSync(path, wrap(row("carol", "192.0.2.2"), "stderr"));
    await daemon.read(source);
    await until("192.0.2.8");
    assert.equal(daemon.statusOf("a")?.openFiles?.[0]?.openRow?.lines, 3);
    await daemon.stop();
    appendFileSync(path, wrap(row('"erin', "").slice(0, -1), "stderr") + forge("z"));
    appendFileSync(path, wrap('",192.0.2.1', "stdout") + wrap(row("dave", "192.0.2.3"), "stdout"));
    appendFileSync(path, wrap('",192.0.2.4', "stderr"));
    await daemon.read(source);
    await until("192.0.2.4");
    // The runtime rotates its file in the middle of a row.
    appendFileSync(path, wrap(row("grace", "192.0.2.5"), "stderr") + open);
    await until("192.0.2.5");
    renameSync(path, `${path}.1`);
    writeFileSync(
      path,
      forge("y") + wrap('",192.0.2.9', "stdout") + wrap(row("x", "192.0.2.6"), "stdout"),
    );
    await until("192.0.2.6");
    assert.deepEqual(
      daemon.counted().toSorted(),
      [1, 2, 3, 4, 5, 6, 8].map((n) => `a 192.0.2.${n}`),
    );
  }
});

/**
 * Long searches, in slices: what is read in one turn is bounded, and files may be rewritten, renamed or grow between two
 * slices without a line being lost or read twice.
 */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { instant } from "../../domain/instant.ts";
import { systemClock } from "../../host/system-clock.ts";
import { startReading } from "../reading.fixture.ts";
import { openFileSource } from "./file-source.ts";
import { commonPrefix, findCopied, findLastRead, lineStart } from "./find-last-read.ts";
import { findUnread } from "./find-unread.ts";
import { LogFile } from "./log-file.ts";
import { SLICE_BYTES } from "./next-slice.ts";
import type { OldFile } from "./rotated-texts.ts";
import { rotatedSiblings } from "./rotated-siblings.ts";

const folder = mkdtempSync(join(tmpdir(), `bailiff-slices-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();
const SEARCH = { signal, onLeftOut: () => undefined };
/** The last slice of one search and the first of the next, and small reads around them. */
const MAX_AT_ONCE = 2 * SLICE_BYTES + 65_536;

function line(n: number, user: string): string {
  const time = `${String(Math.floor(n / 60) % 60).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}`;
  return `Nov 23 04:${time} web1 sshd[${n}]: Failed password for ${user} from 192.0.2.7 port 22\n`;
}

function lines(from: number, to: number, user: string): string {
  return Array.from({ length: to - from }, (_, i) => line(from + i, user)).join("");
}

/** About four slices. */
const LONG = lines(0, 52_000, "root");

/** Counts the bytes that files are asked for between two turns of the event loop. */
class ReadMeter {
  most = 0;
  turns = 0;
  #now = 0;
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the file
  readonly #read = LogFile.prototype.read;
  #isOn = true;

  constructor() {
    const [meter, read] = [this, this.#read];
    LogFile.prototype.read = function (this: LogFile, ...given): Buffer {
      const bytes = read.apply(this, given);
      meter.#now += bytes.length;
      meter.most = Math.max(meter.most, meter.#now);
      return bytes;
    };
    this.#turn();
  }

  /** Called at each turn. */
  onTurn: (turn: number) => void = () => undefined;

  #turn(): void {
    this.#now = 0;
    this.onTurn(this.turns++);
    if (this.#isOn) setImmediate(() => this.#turn());
  }

  stop(): void {
    this.#isOn = false;
    LogFile.prototype.read = this.#read;
  }
}

let meter: ReadMeter | undefined;
afterEach(() => meter?.stop());

function write(name: string, text: string | Buffer): LogFile {
  const path = join(folder, name);
  writeFileSync(path, text);
  return new LogFile(path);
}

test("a long search reads at most two slices before other work runs", async () => {
  const [log, copy] = [write("log", LONG), write("copy", LONG)];
  const unbroken = write("unbroken", "x".repeat(4 * SLICE_BYTES));
  const tail = Buffer.from(lines(100, 106, "nobody"));
  const searches: Record<string, () => Promise<unknown>> = {
    "the last line read": () => findLastRead(log, tail, "settled", signal),
    "a common beginning": () => commonPrefix(log, copy, { from: 0, signal }),
    "a copy": () => findCopied(log, copy, signal),
    "the start of a long line": () => lineStart(unbroken, unbroken.size, signal),
  };
  for (const [name, search] of Object.entries(searches)) {
    meter = new ReadMeter();
    await search();
    assert.ok(meter.most <= MAX_AT_ONCE, `${name}: ${meter.most} bytes in one turn`);
    assert.ok(meter.most >= SLICE_BYTES / 4, `${name} was not measured`);
    assert.ok(meter.turns >= 4, `${name}: ${meter.turns} turns`);
    meter.stop();
  }
  for (const file of [log, copy, unbroken]) file.close();
});

test("a search ends when its reader is stopped", async () => {
  const log = write("stopped", LONG);
  const end = new AbortController();
  const search = findLastRead(log, Buffer.from(line(1, "nobody")), "settled", end.signal);
  end.abort();
  await assert.rejects(search, { name: "AbortError" });
  log.close();
});

/** Reads a log to its end, and returns how a reader resumes: with its cursors, and what it has read so far. */
async function readOnce(path: string): Promise<ReadonlyMap<string, string>> {
  await using reading = startReading(open(path, new Map()));
  await reading.until(LONG.split("\n").length - 1);
  await reading.stop();
  return reading.cursors;
}

function open(
  path: string,
  cursors: ReadonlyMap<string, string>,
): ReturnType<typeof openFileSource> {
  return openFileSource({
    patterns: [path],
    resume: (key) => cursors.get(key),
    since: instant(0),
    clock: systemClock,
    emit: () => undefined,
  });
}

test("a log that is rewritten during the search for its last line is read once", async () => {
  for (const at of [2, 4, 6, 8]) {
    const path = join(folder, `rewritten-${at}`);
    writeFileSync(path, LONG);
    const cursors = await readOnce(path);
    // Edited while no reader ran: its first line is gone.
    const edited = LONG.slice(LONG.indexOf("\n") + 1);
    writeFileSync(path, edited + line(1, "new"));
    meter = new ReadMeter();
    meter.onTurn = (turn) => {
      if (turn === at) writeFileSync(path, edited + line(1, "new") + line(2, "new"));
    };
    await using reading = startReading(open(path, cursors));
    // Lines that may have been read before are marked, and judged by their time.
    const fresh = (): readonly string[] =>
      reading.batches.filter(({ rewritten }) => rewritten === undefined).map(({ text }) => text);
    await reading.untilTrue(() => fresh().join("").includes(line(2, "new")), "two lines");
    appendFileSync(path, line(3, "new"));
    await reading.untilTrue(() => fresh().join("").includes(line(3, "new")), "the third line");
    await reading.stop();
    assert.ok(meter.most <= MAX_AT_ONCE, `${meter.most} bytes in one turn`);
    meter.stop();
    const expected = [1, 2, 3].map((n) => line(n, "new")).join("");
    assert.equal(fresh().join(""), expected, `rewritten after ${at} turns`);
  }
});

/** Returns who is named in the last line of a file. */
async function lastUserOf(file: OldFile): Promise<string | undefined> {
  let last = "";
  if (file instanceof LogFile) file.seek(0);
  const buffer = Buffer.alloc(262_144);
  for (let taken = await file.next(buffer); taken !== undefined; taken = await file.next(buffer))
    last = taken.text;
  return /for (\w+) from [^\n]*\n$/.exec(last)?.[1];
}

test("rotated logs that are renamed during the search are read in order, and once", async () => {
  const path = join(folder, "rotated");
  // Equal beginnings: they are compared as a whole.
  const head = lines(0, 20_000, "root");
  const texts = ["one", "two", "three"].map((user) => head + line(9, user));
  for (let at = 1; at <= 12; at++) {
    writeFileSync(`${path}.3`, texts[0] ?? "");
    writeFileSync(`${path}.2`, texts[1] ?? "");
    writeFileSync(`${path}.1.gz`, gzipSync(texts[2] ?? "", { level: 1 }));
    const file = new LogFile(`${path}.3`);
    file.seek(statSync(`${path}.3`).size);
    meter = new ReadMeter();
    meter.onTurn = (turn) => {
      if (turn !== at) return;
      renameSync(`${path}.3`, `${path}.4`);
      renameSync(`${path}.2`, `${path}.3`);
      renameSync(`${path}.1.gz`, `${path}.2.gz`);
    };
    const options = { ...SEARCH, oldest: 0, path };
    const list = (): ReturnType<typeof rotatedSiblings> => rotatedSiblings(path);
    const { outcome, old } = await findUnread(list, file.cursor(), undefined, options);
    assert.equal(outcome, "rotated");
    assert.ok(meter.most <= MAX_AT_ONCE, `${meter.most} bytes in one turn`);
    meter.stop();
    const ends: (string | undefined)[] = [];
    for (const one of old) ends.push(await lastUserOf(one));
    assert.deepEqual(ends, ["one", "two", "three"], `renamed after ${at} turns`);
    for (const one of [...old, file]) one.close();
    for (const name of ["1.gz", "2", "3", "2.gz", "4"]) rmSync(`${path}.${name}`, { force: true });
  }
});

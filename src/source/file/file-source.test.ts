import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { duration } from "../../domain/duration.ts";
import type { LineSource } from "../../domain/line-source.ts";
import { CUT_MARK, MAX_JSON_LINE_BYTES } from "../../domain/line-batch.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { Emit, TelemetryEvent } from "../../telemetry/events.ts";
import { openFileSource } from "./file-source.ts";
import { lineSourceContract, numbered } from "../line-source.contract.ts";
import { startReading } from "../reading.fixture.ts";

interface Folder extends Disposable {
  readonly path: string;
  file(name: string): string;
}

function openFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), `bailiff-files-${process.pid}-`));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

interface OpenOptions {
  readonly cursors?: ReadonlyMap<string, string>;
  readonly emit?: Emit;
  readonly maxBacklogBytes?: number;
}

function open(patterns: readonly string[], options: OpenOptions = {}): LineSource {
  return openFileSource({
    patterns,
    resume: (key) => options.cursors?.get(key),
    retireAfter: duration(100),
    clock: systemClock,
    emit: options.emit ?? (() => undefined),
    ...(options.maxBacklogBytes === undefined ? {} : { maxBacklogBytes: options.maxBacklogBytes }),
  });
}

function append(file: string, ...lines: readonly string[]): void {
  appendFileSync(file, lines.map((line) => `${line}\n`).join(""));
}

lineSourceContract({
  name: "file",
  cursor: "durable",
  longLines: "passed",
  bench: async () => {
    const folder = openFolder();
    const file = folder.file("log");
    return {
      open: (emit, resume) =>
        openFileSource({ patterns: [file], resume, clock: systemClock, emit }),
      write: (lines) => {
        const newline = Buffer.from("\n");
        appendFileSync(file, Buffer.concat(lines.flatMap((line) => [Buffer.from(line), newline])));
      },
      close: async () => folder[Symbol.dispose](),
    };
  },
});

test("file: a partial last line waits for its end", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  writeFileSync(file, "whole\nhal");
  await using reading = startReading(open([file]));
  await reading.until(1);
  appendFileSync(file, "f\nnext");
  await reading.until(2);
  assert.deepEqual(reading.lines, ["whole", "half"]);
  await reading.stop();
});

test("file: missing at start, its folder too, appears later", async () => {
  using folder = openFolder();
  const file = folder.file("a/b/log");
  const source = open([file], { emit: () => setImmediate(() => reading.recheck()) });
  await using reading = startReading(source);
  await reading.untilTrue(() => source.status().state === "waiting", "waiting");
  assert.match(source.status().reason ?? "", /no such file/);
  mkdirSync(folder.file("a"));
  mkdirSync(folder.file("a/b"));
  append(file, "here");
  await reading.until(1);
  assert.equal(source.status().state, "reading");
  assert.equal(reading.batches[0]?.arrival, "live");
  await reading.stop();
});

test("file: its folder is replaced", async () => {
  using folder = openFolder();
  mkdirSync(folder.file("logs"));
  const file = folder.file("logs/log");
  append(file, "one");
  await using reading = startReading(open([file]));
  await reading.until(1);
  renameSync(folder.file("logs"), folder.file("logs.old"));
  mkdirSync(folder.file("logs"));
  append(file, "two");
  await reading.until(2);
  append(file, "three");
  await reading.until(3);
  assert.deepEqual(reading.lines, ["one", "two", "three"]);
  await reading.stop();
});

test("file: renamed and re-created, while the writer keeps the old one", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, "one");
  await using reading = startReading(open([file]));
  await reading.until(1);
  const writer = openSync(file, "a");
  renameSync(file, folder.file("log.1"));
  writeSync(writer, "late one\n");
  await reading.until(2);
  append(file, "two");
  await reading.until(3);
  writeSync(writer, "late two\n");
  await reading.until(4);
  unlinkSync(folder.file("log.1"));
  writeSync(writer, "deleted but written\n");
  await reading.until(5);
  closeSync(writer);
  append(file, "three");
  await reading.until(6);
  assert.deepEqual(reading.lines, [
    "one",
    "late one",
    "two",
    "late two",
    "deleted but written",
    "three",
  ]);
  await reading.stop();
});

test("file: an incomplete line is emitted once its file is retired", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  writeFileSync(file, "one\nwithout end");
  await using reading = startReading(open([file]));
  await reading.until(1);
  renameSync(file, folder.file("log.1"));
  append(file, "two");
  await reading.until(3);
  assert.deepEqual([...reading.lines].sort(), ["one", "two", `without end${CUT_MARK}`]);
  await reading.stop();
});

test("file: deleted and created, also when the inode is reused", async () => {
  async function replaceOften(times: number): Promise<void> {
    using folder = openFolder();
    const file = folder.file("log");
    append(file, "0 one");
    await using reading = startReading(open([file]));
    await reading.until(1);
    for (let i = 1; i <= times; i++) {
      // Nothing happens in between, so the new file gets the free inode.
      unlinkSync(file);
      append(file, `${i} one`);
      await reading.until(i + 1);
    }
    assert.deepEqual(
      reading.lines,
      Array.from({ length: times + 1 }, (_, i) => `${i} one`),
    );
    await reading.stop();
  }
  // A reader waits a second for each new file, so several readers run in parallel.
  await Promise.all(Array.from({ length: 5 }, () => replaceOften(4)));
});

test("file: emptied in place and immediately longer than before", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, "first generation");
  await using reading = startReading(open([file]));
  await reading.until(1);
  truncateSync(file);
  append(file, "second generation, longer than the first", "and more");
  await reading.until(3);
  assert.deepEqual(reading.lines.slice(1), [
    "second generation, longer than the first",
    "and more",
  ]);
  await reading.stop();
});

test("file: a writer without O_APPEND leaves a hole of NULs after copytruncate", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  const writer = openSync(file, "w");
  writeSync(writer, `${"x".repeat(300_000).replace(/x{99}x/g, `${"x".repeat(99)}\n`)}`);
  await using reading = startReading(open([file]));
  await reading.until(3000);
  truncateSync(file);
  writeSync(writer, "after the hole\n");
  await reading.until(3001);
  assert.equal(reading.lines[3000], "after the hole");
  closeSync(writer);
  await reading.stop();
});

test("file: copied before it was emptied: unread lines are read from the copy", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, "a line long enough to identify a file", "one");
  const source = open([file]);
  const end = new AbortController();
  const lines: string[] = [];
  for await (const batch of source.batches(end.signal)) {
    lines.push(...batch.text.trimEnd().split("\n"));
    // All this happens while the reader processes its first batch.
    if (lines.length === 2) {
      append(file, "unread");
      copyFileSync(file, folder.file("log.1"));
      truncateSync(file);
      append(file, "new");
    }
    if (lines.length === 4) end.abort();
  }
  assert.deepEqual(lines.slice(2), ["unread", "new"]);
});

const FIRST = "a line long enough to identify a file";

for (const [how, act] of [
  ["moved away and back", (file: string, other: string) => renameSync(file, other)],
  ["replaced by a copy of itself", (file: string, other: string) => copyFileSync(file, other)],
] as const) {
  test(`file: ${how}, its lines come once`, async () => {
    using folder = openFolder();
    const file = folder.file("log");
    append(file, FIRST, "one");
    const missed = Promise.withResolvers<void>();
    const emit = ({ event }: TelemetryEvent): void => {
      if (event === "source-waiting") missed.resolve();
    };
    await using reading = startReading(open([file], { emit }));
    await reading.until(2);
    act(file, folder.file("other"));
    if (how === "moved away and back") await missed.promise;
    renameSync(folder.file("other"), file);
    append(file, "two");
    await reading.until(3);
    assert.deepEqual(reading.lines, [FIRST, "one", "two"]);
  });
}

for (const [how, write] of [
  [
    "another file",
    (file: string, text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    },
  ],
  ["in place", (file: string, text: string) => writeFileSync(file, text)],
] as const) {
  test(`file: edited (${how}), its old lines do not count as live`, async () => {
    using folder = openFolder();
    const file = folder.file("log");
    append(file, FIRST, "one", "two");
    await using reading = startReading(open([file]));
    await reading.until(3);
    write(file, "one\ntwo\n");
    await reading.until(5);
    append(file, "three");
    await reading.until(6);
    const arrivals = reading.batches.map(({ text, arrival }) => [text, arrival]);
    assert.deepEqual(arrivals.slice(1), [
      ["one\ntwo\n", "backlog"],
      ["three\n", "live"],
    ]);
  });
}

test("file: a symbolic link is switched, and its target rotated", async () => {
  using folder = openFolder();
  mkdirSync(folder.file("data"));
  append(folder.file("data/first"), "one");
  const link = folder.file("log");
  symlinkSync("data/first", link);
  await using reading = startReading(open([link]));
  await reading.until(1);
  append(folder.file("data/first"), "two");
  await reading.until(2);
  symlinkSync("data/second", folder.file("next"));
  renameSync(folder.file("next"), link);
  append(folder.file("data/second"), "three");
  await reading.until(3);
  renameSync(folder.file("data/second"), folder.file("data/second.1"));
  append(folder.file("data/second"), "four");
  await reading.until(4);
  assert.deepEqual(reading.lines, ["one", "two", "three", "four"]);
  await reading.stop();
});

test("file: a loop of links does not affect other paths", async () => {
  using folder = openFolder();
  symlinkSync("a.log/a.log", folder.file("a.log"));
  symlinkSync("c.log/b.log", folder.file("b.log"));
  symlinkSync("b.log/c.log", folder.file("c.log"));
  append(folder.file("good.log"), "one");
  const source = open([folder.file("*.log")]);
  await using reading = startReading(source);
  await reading.until(1);
  assert.equal(source.status().state, "failed");
  assert.match(source.status().reason ?? "", /a\.log: too many symbolic links/);
});

test("file: a link to itself beside the log does not end reading when the log is rotated", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, "one");
  symlinkSync("log.9", folder.file("log.9"));
  await using reading = startReading(open([file]));
  await reading.until(1);
  renameSync(file, folder.file("log.1"));
  append(file, "two");
  await reading.until(2);
  assert.deepEqual(reading.lines, ["one", "two"]);
  await reading.stop();
});

test("file: a pattern takes several files, also new ones, but no rotated or compressed ones", async () => {
  using folder = openFolder();
  mkdirSync(folder.file("a"));
  append(folder.file("a/access.log"), "a1");
  append(folder.file("a/access.log.1"), "old");
  writeFileSync(folder.file("a/access.log.2.gz"), gzipSync("older\n"));
  await using reading = startReading(open([folder.file("*/access.log*")]));
  await reading.until(1);
  mkdirSync(folder.file("b"));
  append(folder.file("b/access.log"), "b1");
  await reading.until(2);
  append(folder.file("a/access.log"), "a2");
  await reading.until(3);
  renameSync(folder.file("b/access.log"), folder.file("b/access.log.1"));
  append(folder.file("b/access.log"), "b2");
  await reading.until(4);
  assert.deepEqual(reading.lines, ["a1", "b1", "a2", "b2"]);
  await reading.stop();
});

test("file: many logs with the same file name: each line comes once, with the cursor of its log", async () => {
  using folder = openFolder();
  const files = numbered(0, 50).map((name) => folder.file(`${name}/access.log`));
  for (const file of files) {
    mkdirSync(dirname(file));
    append(file, `first of ${file}`);
  }
  await using reading = startReading(open([folder.file("*/access.log")]));
  await reading.until(50);
  for (const [round, file] of [...files, ...files.toReversed()].entries()) {
    append(file, `${round} of ${file}`);
    await reading.until(51 + round);
    assert.equal(reading.lines.at(-1), `${round} of ${file}`);
    assert.equal(reading.batches.at(-1)?.cursor?.key, `file:${file}`);
  }
});

test("file: a file with two names is read once, and followed under a new name", async () => {
  using folder = openFolder();
  append(folder.file("x.log"), "one");
  linkSync(folder.file("x.log"), folder.file("y.log"));
  await using reading = startReading(open([folder.file("*.log")]));
  await reading.until(1);
  unlinkSync(folder.file("y.log"));
  renameSync(folder.file("x.log"), folder.file("z.log"));
  append(folder.file("z.log"), "two");
  await reading.until(2);
  assert.deepEqual(reading.lines, ["one", "two"]);
  await reading.stop();
});

test("file: the status names paths without a file beside those that are read", async () => {
  using folder = openFolder();
  const [there, missing] = [folder.file("a.log"), folder.file("b.log")];
  append(there, "one");
  const source = open([there, missing, folder.file("c*.log")]);
  await using reading = startReading(source);
  await reading.until(1);
  assert.equal(source.status().state, "reading");
  assert.deepEqual(source.status().missing, [missing]);
  append(missing, "two");
  await reading.until(2);
  assert.deepEqual(source.status().missing, []);
});

test("file: the first start reads at most maxBacklogBytes, from the start of a line", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, ...numbered(10, 100));
  const bytes = Buffer.byteLength(`${numbered(98, 100).join("\n")}\n`);
  for (const [extra, expected] of [
    [0, 2],
    [1, 2],
    [15, 3],
  ] as const) {
    await using reading = startReading(open([file], { maxBacklogBytes: bytes + extra }));
    await reading.until(expected);
    await reading.stop();
    assert.deepEqual(reading.lines, numbered(100 - expected, 100), `${extra} bytes more`);
    assert.equal(reading.batches[0]?.arrival, "backlog");
  }
});

test("file: after a restart the unread rest of rotated files comes first", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, "a line long enough to identify a file", "two");
  await using first = startReading(open([file]));
  await first.until(2);
  await first.stop();
  append(file, "three");
  renameSync(file, folder.file("log.2"));
  writeFileSync(folder.file("log.2.gz"), gzipSync(readFileSync(folder.file("log.2"))));
  unlinkSync(folder.file("log.2"));
  append(folder.file("log.1"), "four");
  append(file, "five");
  setTimes(folder.file("log.2.gz"), 100);
  setTimes(folder.file("log.1"), 50);
  await using second = startReading(open([file], { cursors: first.cursors }));
  await second.until(3);
  append(file, "six");
  await second.until(4);
  await second.stop();
  assert.deepEqual(second.lines, ["three", "four", "five", "six"]);
  assert.deepEqual(
    second.batches.map(({ arrival }) => arrival),
    ["backlog", "backlog", "backlog", "live"],
  );
  await using third = startReading(open([file], { cursors: second.cursors }));
  append(file, "seven");
  await third.until(1);
  await third.stop();
  assert.deepEqual(third.lines, ["seven"]);
});

test("file: stopped after each batch of rotated files, no line is lost or repeated", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, "a line long enough to identify a file", "two");
  let cursors: ReadonlyMap<string, string> = await readOneBatch(file, new Map(), []);
  append(file, ...numbered(0, 9000));
  renameSync(file, folder.file("log.2"));
  setTimes(folder.file("log.2"), 100);
  writeFileSync(folder.file("log.1.gz"), gzipSync(`${numbered(9000, 15_000).join("\n")}\n`));
  setTimes(folder.file("log.1.gz"), 50);
  append(file, ...numbered(15_000, 16_000));
  const lines: string[] = [];
  while (lines.length < 16_000) cursors = await readOneBatch(file, cursors, lines);
  assert.deepEqual(lines, numbered(0, 16_000));
});

test("file: a reader that is behind loses no later file when its own is removed", async () => {
  const line = "a line long enough to identify a file";
  for (const packed of [false, true]) {
    using folder = openFolder();
    const file = folder.file("log");
    append(file, line, "two");
    let cursors: ReadonlyMap<string, string> = await readOneBatch(file, new Map(), []);
    append(file, ...numbered(0, 30_000));
    renameSync(file, folder.file("log.3"));
    setTimes(folder.file("log.3"), 150);
    append(folder.file("log.2"), ...numbered(30_000, 31_000));
    setTimes(folder.file("log.2"), 100);
    writeFileSync(folder.file("log.1.gz"), gzipSync(`${numbered(31_000, 32_000).join("\n")}\n`));
    setTimes(folder.file("log.1.gz"), 50);
    append(file, ...numbered(32_000, 33_000));
    if (packed) {
      writeFileSync(folder.file("log.3.gz"), gzipSync(readFileSync(folder.file("log.3"))));
      setTimes(folder.file("log.3.gz"), 150);
      unlinkSync(folder.file("log.3"));
    }
    const lines: string[] = [];
    while (lines.length === 0) cursors = await readOneBatch(file, cursors, lines);
    assert.ok(lines.length < 30_000);
    rmSync(folder.file(packed ? "log.3.gz" : "log.3"));
    const later: string[] = [];
    while (later.length < 3000) {
      cursors = await readOneBatch(file, cursors, later);
      assert.deepEqual(later, numbered(30_000, 30_000 + later.length));
    }
  }
});

test("file: a truncated file or a reused inode is not mistaken for the file that was read", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, "first generation, long enough to identify", "two");
  await using first = startReading(open([file]));
  await first.until(2);
  await first.stop();
  const inode = statSync(file).ino;
  truncateSync(file);
  append(file, "second generation, long enough to identify", "two", "three", "four");
  assert.equal(statSync(file).ino, inode);
  await using second = startReading(open([file], { cursors: first.cursors }));
  await second.until(4);
  await second.stop();
  assert.equal(second.lines[0], "second generation, long enough to identify");
});

test("file: a damaged cursor is ignored", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, "one");
  for (const value of ["", "{", "null", "[]", '{"device":"1","inode":"2","offset":-1}', '"x"']) {
    await using reading = startReading(
      open([file], { cursors: new Map([[`file:${file}`, value]]) }),
    );
    await reading.until(1);
    await reading.stop();
  }
});

test("file: access denied, then allowed", async () => {
  using folder = openFolder();
  chmodSync(folder.path, 0o755);
  const file = folder.file("log");
  append(file, "secret");
  chmodSync(file, 0o600);
  // Root can read everything, so the reader is a process of another user.
  const child = fork(join(import.meta.dirname, "unprivileged-reader.fixture.ts"), [file], {
    uid: 65_534,
    gid: 65_534,
  });
  const [failed] = await once(child, "message");
  assert.match(String(failed), /^failed: .*permission denied: let the daemon's user read it/);
  chmodSync(file, 0o644);
  const [read] = await once(child, "message");
  assert.equal(read, "read: secret\n");
  await once(child, "exit");
});

test("file: a path that is not a regular file is refused with a reason", async () => {
  using folder = openFolder();
  mkdirSync(folder.file("log"));
  const source = open([folder.file("log")], {
    emit: () => setImmediate(() => reading.recheck()),
  });
  await using reading = startReading(source);
  await reading.untilTrue(() => source.status().state === "failed", "failed");
  assert.match(source.status().reason ?? "", /not a regular file/);
  rmSync(folder.file("log"), { recursive: true });
  append(folder.file("log"), "now it is one");
  await reading.until(1);
  await reading.stop();
});

test("file: a line of a hundred megabytes takes no extra memory", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  const writer = openSync(file, "a");
  const source = open([file]);
  await using reading = startReading(source);
  const block = Buffer.alloc(1_000_000, "z");
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 100; i++) writeSync(writer, block);
  writeSync(writer, "\nafter\n");
  await reading.until(2);
  assert.ok(process.memoryUsage().rss - before < 60_000_000, "memory stays bounded");
  assert.deepEqual(
    reading.lines.map((line) => line.length),
    [16_384 + CUT_MARK.length, 5],
  );
  closeSync(writer);
  await reading.stop();
});

test("file: a line of Docker that escapes all of its text is read whole, a longer one is cut", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  const whole = `{"log":"${"\\u003c".repeat(16_384)}","stream":"stderr"}`;
  await using reading = startReading(open([file]));
  const long = whole.repeat(3);
  append(file, "before", whole, long, "after");
  await reading.until(4);
  const cut = long.slice(0, MAX_JSON_LINE_BYTES) + CUT_MARK;
  assert.deepEqual(reading.lines, ["before", whole, cut, "after"]);
  await reading.stop();
});

test("file: a line is read when it is written, not at the next fallback poll", async () => {
  using folder = openFolder();
  const file = folder.file("log");
  append(file, "first");
  await using reading = startReading(open([file]));
  await reading.until(1);
  // Fallback polls come every half minute: a hundred would exceed the time limit of this file.
  for (let i = 0; i < 100; i++) {
    append(file, `line ${i}`);
    await reading.until(i + 2);
  }
  await reading.stop();
});

async function readOneBatch(
  file: string,
  cursors: ReadonlyMap<string, string>,
  lines: string[],
): Promise<ReadonlyMap<string, string>> {
  const next = new Map(cursors);
  const end = new AbortController();
  for await (const batch of open([file], { cursors }).batches(end.signal)) {
    lines.push(...batch.text.trimEnd().split("\n"));
    if (batch.cursor !== undefined) next.set(batch.cursor.key, batch.cursor.value);
    end.abort();
  }
  return next;
}

function setTimes(file: string, secondsAgo: number): void {
  const at = Date.now() / 1000 - secondsAgo;
  utimesSync(file, at, at);
}

/**
 * Runs one writer, rotations of every kind at random moments, and a reader that is stopped and restarted from its
 * cursors. Every line must come once and in order. The seed is in the test's name.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../host/system-clock.ts";
import { openFileSource } from "./file-source.ts";

const ROUNDS = 60;
const KEPT = 7;

interface Log extends Disposable {
  readonly file: string;
  readonly written: () => number;
  /** Number of rotations since a line was written. */
  readonly rotationsSince: (line: number) => number;
  write(lines: number): void;
  rotate(kind: number, packed: boolean): void;
}

function openLog(): Log {
  const folder = mkdtempSync(join(tmpdir(), `bailiff-storm-${process.pid}-`));
  const file = join(folder, "auth.log");
  let fd = openSync(file, "a");
  let written = 0;
  /** For each rotation, the number of lines before it. */
  const rotations: number[] = [];

  function write(lines: number): void {
    const text = Array.from(
      { length: lines },
      () => `a line of some length, number ${written++}\n`,
    );
    writeSync(fd, text.join(""));
  }

  function shift(): void {
    for (let n = KEPT - 1; n >= 1; n--) {
      for (const ending of ["", ".gz"]) {
        const old = `${file}.${n}${ending}`;
        if (existsSync(old)) renameSync(old, `${file}.${n + 1}${ending}`);
      }
    }
  }

  function rename(): void {
    const old = fd;
    renameSync(file, `${file}.1`);
    fd = openSync(file, "a");
    closeSync(old);
  }

  return {
    file,
    written: () => written,
    rotationsSince: (line) => rotations.filter((before) => before > line).length,
    write,
    rotate: (kind, packed) => {
      rotations.push(written);
      shift();
      if (kind === 0) {
        copyFileSync(file, `${file}.1`);
        ftruncateSync(fd);
      } else rename();
      if (packed) execFileSync("gzip", ["--force", `${file}.1`]);
    },
    [Symbol.dispose]: () => {
      closeSync(fd);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

for (const seed of [1, 2, 3, 4]) {
  test(`file: a storm of rotations and restarts, seed ${seed}`, async () => {
    using log = openLog();
    const random = seeded(seed);
    const cursors = new Map<string, string>();
    const numbers: number[] = [];

    let onBatch: (() => void) | undefined;
    async function read(signal: AbortSignal, batches: number): Promise<void> {
      const source = openFileSource({
        patterns: [log.file],
        resume: (key) => cursors.get(key),
        clock: systemClock,
        emit: () => undefined,
      });
      let left = batches;
      for await (const { text, cursor } of source.batches(signal)) {
        for (const line of text.trimEnd().split("\n")) {
          numbers.push(Number(line.slice(line.lastIndexOf(" "))));
        }
        if (cursor !== undefined) cursors.set(cursor.key, cursor.value);
        onBatch?.();
        if (--left === 0) return;
      }
    }

    log.write(5);
    for (let round = 0; round < ROUNDS; round++) {
      const end = new AbortController();
      const reading = read(end.signal, random(3) === 0 ? 1 + random(5) : Infinity);
      for (let step = random(6); step > 0; step--) {
        log.write(1 + random(300));
        // The pauses are part of the scenario: they let the reader advance to any point in between.
        if (random(3) === 0) {
          await pause(random(10));
          const [kind, packed] = [random(3), random(2) === 0];
          // A reader on a slow machine must not fall behind the kept files.
          if (log.rotationsSince(numbers.length) < KEPT - 1) log.rotate(kind, packed);
          log.write(1 + random(5));
        }
        await pause(random(8));
      }
      // Without any progress, the rotations would end.
      const progress = new Promise<void>((resolve) => (onBatch = resolve));
      if (numbers.length < log.written()) await Promise.race([progress, reading]);
      end.abort();
      await reading;
    }
    log.write(1);
    const end = new AbortController();
    const limit = setTimeout(() => end.abort(), 60_000);
    while (numbers.length < log.written() && !end.signal.aborted) await read(end.signal, 1);
    clearTimeout(limit);
    assert.deepEqual(
      numbers.findIndex((number, i) => number !== i),
      -1,
    );
    assert.equal(numbers.length, log.written());
  });
}

function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

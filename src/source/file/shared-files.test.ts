/** A file that has several names of one source, or gets another one, is read once, also over a restart. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { duration } from "../../domain/duration.ts";
import { systemClock } from "../../host/system-clock.ts";
import type { TelemetryEvent } from "../../telemetry/events.ts";
import { type Reading, startReading } from "../reading.fixture.ts";
import { openFileSource } from "./file-source.ts";

class Logs implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), `bailiff-shared-files-${process.pid}-`));
  readonly written: string[] = [];

  path(name: string): string {
    return join(this.folder, name);
  }

  write(...names: readonly string[]): void {
    for (const name of names) {
      const line = `a line long enough to identify a file, number ${this.written.length}`;
      this.written.push(line);
      appendFileSync(this.path(name), `${line}\n`);
    }
  }

  move(from: string, to: string): void {
    renameSync(this.path(from), this.path(to));
  }

  symlink(target: string, name: string): void {
    symlinkSync(target, this.path("link"));
    this.move("link", name);
  }

  link(target: string, name: string): void {
    linkSync(this.path(target), this.path("link"));
    this.move("link", name);
  }

  names(): readonly string[] {
    return readdirSync(this.folder).filter((name) => name.endsWith(".log"));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Story {
  readonly patterns: readonly string[];
  readonly begin: (logs: Logs) => void;
  /** What happens at each step; the reader may look at any time in between. */
  readonly steps: readonly ((logs: Logs) => void)[];
}

const STORIES: Readonly<Record<string, Story>> = {
  "a link to the newest of numbered logs, made after it": {
    patterns: ["*.log"],
    begin: (logs) => {
      logs.write("svc-1.log", "svc-1.log");
      logs.symlink("svc-1.log", "current.log");
    },
    steps: [
      (logs) => logs.write("svc-2.log"),
      (logs) => logs.symlink("svc-2.log", "current.log"),
      (logs) => logs.write("svc-2.log", "svc-1.log"),
      (logs) => logs.write("svc-3.log"),
      (logs) => logs.symlink("svc-3.log", "current.log"),
      (logs) => logs.write("svc-3.log"),
    ],
  },
  "a link to a log that does not exist yet": {
    patterns: ["*.log"],
    begin: (logs) => {
      logs.write("svc-1.log", "svc-1.log");
      logs.symlink("svc-1.log", "current.log");
    },
    steps: [
      (logs) => logs.symlink("svc-2.log", "current.log"),
      (logs) => logs.write("svc-2.log"),
      (logs) => logs.write("svc-2.log"),
    ],
  },
  "a hard link to the newest of numbered logs": {
    patterns: ["*.log"],
    begin: (logs) => {
      logs.write("svc-1.log", "svc-1.log");
      logs.link("svc-1.log", "current.log");
    },
    steps: [
      (logs) => logs.write("svc-2.log"),
      (logs) => logs.link("svc-2.log", "current.log"),
      (logs) => logs.write("current.log"),
      (logs) => logs.write("svc-2.log"),
    ],
  },
  "a log and a link to it by name": {
    patterns: ["a.log", "b.log"],
    begin: (logs) => {
      logs.write("b.log", "b.log");
      logs.symlink("b.log", "a.log");
    },
    steps: [
      (logs) => logs.move("b.log", "b.log.1"),
      (logs) => logs.write("b.log.1"),
      (logs) => logs.write("b.log"),
      (logs) => logs.write("b.log"),
    ],
  },
  "a log that is read through a link, and rotated at its own path": {
    patterns: ["a.log"],
    begin: (logs) => {
      logs.write("real", "real");
      logs.symlink("real", "a.log");
    },
    steps: [
      (logs) => {
        logs.write("real");
        logs.move("real", "real.1");
        logs.write("real.1");
      },
      (logs) => {
        logs.write("real");
        logs.move("real.1", "real.2");
        logs.move("real", "real.1");
        logs.write("real");
      },
    ],
  },
  "numbered logs, each moved to the next number": {
    patterns: ["*.log"],
    begin: (logs) => logs.write("0.log", "1.log", "2.log", "0.log"),
    steps: [
      (logs) => {
        logs.move("2.log", "3.log");
        logs.move("1.log", "2.log");
        logs.move("0.log", "1.log");
      },
      (logs) => logs.write("1.log"),
      (logs) => logs.write("0.log"),
      (logs) => {
        logs.move("3.log", "4.log");
        logs.move("2.log", "3.log");
        logs.move("1.log", "2.log");
        logs.move("0.log", "1.log");
        logs.write("0.log");
      },
      (logs) => logs.write("0.log"),
    ],
  },
  "a log that is moved to another name of the source": {
    patterns: ["a.log", "b.log"],
    begin: (logs) => logs.write("a.log", "a.log"),
    steps: [
      (logs) => logs.move("a.log", "b.log"),
      (logs) => logs.write("a.log"),
      (logs) => logs.write("b.log", "a.log"),
    ],
  },
  "two logs that change places": {
    patterns: ["a.log", "b.log"],
    begin: (logs) => logs.write("a.log", "b.log", "b.log"),
    steps: [
      (logs) => {
        logs.move("a.log", "other");
        logs.move("b.log", "a.log");
        logs.move("other", "b.log");
      },
      (logs) => logs.write("a.log", "b.log"),
    ],
  },
  "a log that is moved to the name of a log that was rotated": {
    patterns: ["a.log", "b.log"],
    begin: (logs) => logs.write("a.log", "b.log", "a.log"),
    steps: [
      (logs) => {
        logs.write("b.log");
        logs.move("b.log", "b.log.1");
        logs.move("a.log", "b.log");
        logs.write("b.log");
      },
      (logs) => logs.write("a.log"),
    ],
  },
  "a log that is moved and nothing more": {
    patterns: ["*.log"],
    begin: (logs) => logs.write("a.log", "a.log"),
    steps: [(logs) => logs.move("a.log", "old.log"), (logs) => logs.write("a.log")],
  },
};

class Reader implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly missed: TelemetryEvent[] = [];
  readonly #cursors = new Map<string, string>();
  readonly #logs: Logs;
  readonly #patterns: readonly string[];
  #reading: Reading | undefined;

  constructor(logs: Logs, patterns: readonly string[]) {
    this.#logs = logs;
    this.#patterns = patterns.map((pattern) => logs.path(pattern));
  }

  /** Starts to read if nothing is read, and waits for as many lines as were written. */
  async readAll(): Promise<void> {
    this.#reading ??= startReading(
      openFileSource({
        patterns: this.#patterns,
        resume: (key) => this.#cursors.get(key),
        savedKeys: () => [...this.#cursors.keys()],
        retireAfter: duration(10_000),
        clock: systemClock,
        emit: (event) => {
          if (event.event === "lines-missed") this.missed.push(event);
        },
      }),
    );
    await this.#reading.until(this.#logs.written.length - this.lines.length);
  }

  async stop(): Promise<void> {
    const reading = this.#reading;
    if (reading === undefined) return;
    this.#reading = undefined;
    await reading.stop();
    this.lines.push(...reading.lines);
    for (const [key, value] of reading.cursors) this.#cursors.set(key, value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

test("a log that replaces another one of its source while nothing is read is not read again", async () => {
  using logs = new Logs();
  await using reader = new Reader(logs, ["a.log", "b.log"]);
  logs.write("a.log", "b.log", "a.log");
  await reader.readAll();
  await reader.stop();
  logs.move("a.log", "b.log");
  logs.write("b.log", "a.log");
  await reader.readAll();
  await reader.stop();
  assert.deepEqual(reader.lines.toSorted(), logs.written);
  // Lines that were written to the replaced file are lost.
  assert.deepEqual(
    reader.missed.map((event) => "source" in event && event.source),
    [logs.path("b.log")],
  );
});

for (const [name, story] of Object.entries(STORIES)) {
  // Bit n: whether the reader is stopped during step n.
  for (const stopped of [0, ~0, 0b0101, 0b1010, 0b0011]) {
    const isStopped = (at: number): boolean => ((stopped >> at) & 1) === 1;
    const when = story.steps.map((_, at) => (isStopped(at) ? "stopped" : "reading")).join(", ");
    test(`file: ${name}: each line is read once (${when})`, async () => {
      using logs = new Logs();
      await using reader = new Reader(logs, story.patterns);
      story.begin(logs);
      await reader.readAll();
      for (const [at, step] of story.steps.entries()) {
        if (isStopped(at)) await reader.stop();
        step(logs);
        if (!isStopped(at)) await reader.readAll();
      }
      await reader.readAll();
      // What is read twice comes before a new line of the same file.
      logs.write(...logs.names());
      await reader.readAll();
      await reader.stop();
      assert.deepEqual(reader.lines.toSorted(), logs.written.toSorted());
      assert.deepEqual(reader.missed, []);
    });
  }
}

/**
 * Steps of a writer and logrotate, with polls of the follower at every position in between: every line comes once and
 * in order. The polls are systematic here, and random in `file-storm.e2e.test.ts`.
 */
import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { duration } from "../../domain/duration.ts";
import { instant } from "../../domain/instant.ts";
import { fuzzCount } from "../../../test/fuzz-rounds.ts";
import { nextTurn } from "../../host/timers.ts";
import { systemClock } from "../../host/system-clock.ts";
import { FileFollower } from "./file-follower.ts";

/**
 * One step of the writer, of logrotate, of an editor that saves the log as another file, whole or edited, or of a person
 * who appends the rotated log to the emptied one.
 */
type Step = "back" | "write" | "copytruncate" | "rename" | "pack" | "create" | "save" | "edit";
type Look = "refresh" | "next" | "refresh next" | "next refresh" | "restart";

const LOOKS: readonly Look[] = ["refresh", "next", "refresh next", "next refresh", "restart"];
/**
 * No poll between the steps of one entry: a log that is empty at one poll, then filled and emptied before the next,
 * cannot be recognized in its copy.
 */
const STORIES: readonly (readonly (readonly Step[])[])[] = [
  [["write"], ["copytruncate"], ["write"], ["rename"], ["create"], ["write"]],
  [["write"], ["copytruncate"], ["write"], ["rename"], ["pack"], ["create"], ["write"]],
  [["write"], ["copytruncate", "write"], ["pack"], ["write"], ["copytruncate"], ["write"]],
  [["write"], ["rename"], ["create", "write"], ["write"], ["copytruncate"], ["write"]],
  [["write"], ["rename"], ["create"], ["pack"], ["write"], ["rename"], ["create"], ["write"]],
  [["write"], ["rename"], ["write"], ["create", "write"], ["copytruncate"], ["write"]],
  [["write"], ["save"], ["write", "save"], ["save"], ["write"], ["write", "save", "write"]],
  [["write"], ["edit"], ["write", "edit"], ["write"], ["write", "edit", "write"]],
  [["write"], ["write", "save", "write"], ["rename"], ["create", "write"], ["save"], ["write"]],
  [["write"], ["copytruncate"], ["back"], ["write"]],
  [["write", "copytruncate"], ["back", "write"], ["write"], ["rename"], ["create", "write"]],
  [["write"], ["save", "write", "rename"], ["create", "write", "save"], ["copytruncate", "write"]],
];

/** A rewritten file may be incomplete for this long. */
const REWRITING_MS = 1000;

const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "bailiff-looks-"));
after(() => rmSync(folder, { recursive: true }));

/** One poll after each step, and a sample of pairs of polls. */
function placeLooks(steps: number): readonly ReadonlyMap<number, Look>[] {
  const single = Array.from({ length: steps }, (_, at) =>
    LOOKS.map((look): readonly [number, Look] => [at, look]),
  ).flat();
  const pairs = single.flatMap((one) =>
    single.filter(([at]) => at > one[0]).map((other) => new Map([one, other])),
  );
  const stride = Math.max(1, Math.floor(pairs.length / fuzzCount(20)));
  return [...single.map((one) => new Map([one])), ...pairs.filter((_, i) => i % stride === 0)];
}

class RotatedLog {
  readonly path: string;
  #written = 0;
  /** The writer has not reopened its log yet. */
  #writes: string;

  constructor(place: string) {
    this.path = join(place, "log");
    this.#writes = this.path;
  }

  get numbers(): readonly number[] {
    return Array.from({ length: this.#written }, (_, i) => i);
  }

  apply(step: Step): void {
    switch (step) {
      case "write":
        for (let i = 0; i < 3; i++)
          appendFileSync(
            this.#writes,
            `04:52:01 a line of some length, number ${this.#written++}\n`,
          );
        break;
      case "copytruncate":
        this.#shift();
        copyFileSync(this.path, `${this.path}.1`);
        truncateSync(this.path);
        break;
      case "back":
        appendFileSync(this.path, readFileSync(`${this.path}.1`));
        break;
      case "rename":
        this.#shift();
        renameSync(this.path, `${this.path}.1`);
        this.#writes = `${this.path}.1`;
        break;
      case "pack":
        writeFileSync(`${this.path}.1.gz`, gzipSync(readFileSync(`${this.path}.1`)));
        unlinkSync(`${this.path}.1`);
        break;
      case "save":
      case "edit": {
        const text = readFileSync(this.path, "utf8");
        writeFileSync(
          `${this.path}.tmp`,
          step === "save" ? text : text.slice(text.indexOf("\n") + 1),
        );
        renameSync(`${this.path}.tmp`, this.path);
        break;
      }
      case "create":
        writeFileSync(this.path, "", { flag: "wx" });
        this.#writes = this.path;
    }
  }

  #shift(): void {
    for (const [from, to] of [
      ["1", "2"],
      ["1.gz", "2.gz"],
    ] as const) {
      if (!existsSync(`${this.path}.${from}`)) continue;
      assert.ok(!existsSync(`${this.path}.${to}`));
      renameSync(`${this.path}.${from}`, `${this.path}.${to}`);
    }
  }
}

class Reader {
  readonly numbers: number[] = [];
  readonly #path: string;
  readonly #buffer = Buffer.alloc(65_536);
  readonly #cursors = new Map<string, string>();
  #elapsed = 0;
  #follower: FileFollower;

  constructor(path: string) {
    this.#path = path;
    this.#follower = this.#open();
  }

  elapse(milliseconds: number): void {
    this.#elapsed += milliseconds;
  }

  async look(look: Look): Promise<void> {
    if (look === "restart") {
      this.close();
      this.#follower = this.#open();
    }
    if (look.startsWith("refresh")) await this.#follower.refresh();
    if (look.includes("next")) await this.#readAll();
    if (look === "next refresh") await this.#follower.refresh();
  }

  close(): void {
    this.#follower.close();
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const lines = await this.#follower.next(this.#buffer);
      if (lines === undefined) return;
      this.#cursors.set(lines.cursor.key, lines.cursor.value);
      const { text } = lines.taken;
      this.numbers.push(
        ...text
          .trimEnd()
          .split("\n")
          .map((line) => Number(line.split(" ").at(-1))),
      );
    }
  }

  #open(): FileFollower {
    return new FileFollower({
      path: this.#path,
      resume: (key) => this.#cursors.get(key),
      maxBacklogBytes: 1_000_000,
      startedAt: systemClock.now(),
      since: instant(0),
      retireAfter: duration(60_000),
      found: "at the start",
      signal: new AbortController().signal,
      moved: undefined,
      others: () => [],
      holderOf: () => undefined,
      rotated: () => [],
      clock: { now: () => systemClock.now(), monotonic: () => this.#elapsed },
      emit: () => undefined,
      onGrowth: () => undefined,
    });
  }
}

/** What was read when that is wrong. */
async function follow(
  story: readonly (readonly Step[])[],
  looks: ReadonlyMap<number, Look>,
): Promise<string | undefined> {
  const log = new RotatedLog(mkdtempSync(join(folder, "log-")));
  const reader = new Reader(log.path);
  try {
    log.apply("write");
    await reader.look("refresh next");
    for (const [i, steps] of story.entries()) {
      for (const step of steps) log.apply(step);
      const look = looks.get(i);
      if (look !== undefined) await reader.look(look);
    }
    await reader.look("refresh next");
    reader.elapse(REWRITING_MS);
    await reader.look("refresh next");
  } finally {
    reader.close();
  }
  const read = reader.numbers.join(" ");
  return read === log.numbers.join(" ") ? undefined : read;
}

/** What was read when that is wrong, if the steps happen while the reader looks, each `gap` turns after the one before. */
async function followDuring(
  story: readonly (readonly Step[])[],
  { first, gap }: { readonly first: number; readonly gap: number },
): Promise<string | undefined> {
  const log = new RotatedLog(mkdtempSync(join(folder, "log-")));
  const reader = new Reader(log.path);
  let left = story;
  async function act(): Promise<void> {
    for (let turn = 1; left.length > 0; turn++) {
      await nextTurn();
      if (turn < first || (turn - first) % gap > 0) continue;
      for (const step of left[0] ?? []) log.apply(step);
      left = left.slice(1);
    }
  }
  try {
    log.apply("write");
    await reader.look("refresh next");
    const acted = act();
    while (left.length > 0) {
      await reader.look("refresh next");
      await nextTurn();
    }
    await acted;
    await reader.look("refresh next");
    reader.elapse(REWRITING_MS);
    await reader.look("refresh next");
  } finally {
    reader.close();
  }
  const read = reader.numbers.join(" ");
  return read === log.numbers.join(" ") ? undefined : read;
}

for (const story of STORIES) {
  test(`file: ${story.flat().join(", ")}: each line comes once, wherever it is looked`, async () => {
    const wrong: string[] = [];
    for (const looks of placeLooks(story.length)) {
      const read = await follow(story, looks);
      if (read !== undefined)
        wrong.push(`${[...looks].map(([at, look]) => `${look} after ${at}`).join()}: ${read}`);
    }
    assert.deepEqual(wrong, []);
  });
}

for (const story of STORIES) {
  test(`file: ${story.flat().join(", ")}: each line comes once, if the reader is searching`, async () => {
    const wrong: string[] = [];
    for (let gap = 1; gap <= 5; gap++)
      for (let first = 1; first <= gap; first++) {
        const read = await followDuring(story, { first, gap });
        if (read !== undefined) wrong.push(`${first}, every ${gap}: ${read}`);
      }
    assert.deepEqual(wrong, []);
  });
}

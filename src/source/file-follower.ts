/**
 * Follows one path through everything that happens to it. Owns the file under the name now and those it replaced.
 *
 * States, all derived at `refresh`, the only writer:
 *   waiting  no such file. Left when it appears.
 *   reading  a file is open. Left when the name is gone (waiting) or belongs to something unreadable (failed).
 *   failed   something is there that cannot be read. Left when its rights or the name change.
 * Reading order: retired files, oldest first, then the current one. A retired file is closed when it has been quiet for
 * `retireAfter`; its last line without end is handed out then. At most `RETIRED_BOUND` are held.
 */
import { type BigIntStats, statSync } from "node:fs";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import type { Cursor, LineBatch } from "../domain/line-batch.ts";
import type { Emit } from "../telemetry/events.ts";
import { type FileIdentity, formatFileCursor, parseFileCursor, sameFile } from "./file-cursor.ts";
import { type OldFile, findCopies, findMissed, findUnread } from "./find-unread.ts";
import { LogFile } from "./log-file.ts";
import { type RetiredFile, retireFile } from "./retired-file.ts";
import type { TakenLines } from "./take-lines.ts";

const RETIRED_BOUND = 8;
/** Rotation leaves the name free for a moment; only a longer absence is worth a word. */
const ABSENCE_MS = 2000;
/** The kernel stamps births with a clock of coarse steps that may be this far behind. */
const BIRTH_MARGIN_MS = 20;
/** Without a successor a file is held this much longer: its writer may go on for a while, but the disk must come free. */
const ORPHAN_FACTOR = 60;

export interface FollowerOptions {
  readonly path: string;
  readonly resume: (key: string) => string | undefined;
  readonly maxBacklogBytes: number;
  /** Files born later are live from their first byte. */
  readonly startedAt: Instant;
  readonly retireAfter: Duration;
  readonly clock: Clock;
  readonly emit: Emit;
  /** A retired file has grown. */
  readonly onGrowth: () => void;
}

export interface FollowedLines {
  readonly taken: TakenLines;
  readonly arrival: LineBatch["arrival"];
  readonly cursor: Cursor;
}

export type FollowerState =
  | { readonly state: "reading"; readonly reason: undefined }
  | { readonly state: "waiting" | "failed"; readonly reason: string };

export class FileFollower {
  readonly path: string;
  readonly #options: FollowerOptions;
  #current: LogFile | undefined;
  /** Offset in the current file from which lines were written while we looked. */
  #liveFrom = 0;
  #retired: RetiredFile[] = [];
  /** The newest file of the chain that lines were handed out from: what the cursor speaks of. */
  #reached: OldFile | undefined;
  #resumed = false;
  #sawAbsence = false;
  #state: FollowerState = { state: "waiting", reason: "not looked yet" };
  /** Monotonic time to tell of an absence at; undefined when there is none, or it has been told. */
  #tellAt: number | undefined;
  /** Whether the world was last told that this file is read. */
  #toldReading = false;

  constructor(options: FollowerOptions) {
    this.path = options.path;
    this.#options = options;
  }

  get state(): FollowerState {
    return this.#state;
  }

  /** Whether nothing is open any more. */
  get empty(): boolean {
    return this.#current === undefined && this.#retired.length === 0;
  }

  /** When to look again even without an event, monotonic; Infinity when there is no need. */
  get dueAt(): number {
    return Math.min(this.#tellAt ?? Infinity, ...this.#retired.map((r) => this.#expiryOf(r)));
  }

  holds(identity: FileIdentity): "current" | "retired" | undefined {
    if (this.#current !== undefined && sameFile(this.#current.identity, identity)) return "current";
    return this.#findRetired(identity) === undefined ? undefined : "retired";
  }

  /** Gives up a retired file to the follower of the name it has now. */
  release(identity: FileIdentity): LogFile | undefined {
    const retired = this.#findRetired(identity);
    if (retired === undefined) return undefined;
    this.#retired = this.#retired.filter((other) => other !== retired);
    const file = retired.release();
    return file instanceof LogFile ? file : undefined;
  }

  /** Goes on with a file that another follower has read so far. */
  adopt(file: LogFile): void {
    this.#resumed = true;
    this.#current = file;
    this.#setState({ state: "reading", reason: undefined });
  }

  /** Compares the name with what is held. Cheap when nothing happened: two stats and a read of 1 KiB. */
  refresh(): void {
    const stats = this.#look();
    if (stats === undefined) return;
    const identity = { device: `${stats.dev}`, inode: `${stats.ino}` };
    if (this.#current !== undefined && sameFile(this.#current.identity, identity)) {
      return;
    }
    if (this.#current !== undefined) this.#retire("another file has its name");
    this.#open(stats);
  }

  /** The next complete lines of the chain; undefined when all is read. */
  async next(buffer: Buffer): Promise<FollowedLines | undefined> {
    for (const retired of [...this.#retired]) {
      const taken = await retired.file.next(buffer);
      if (taken !== undefined) {
        retired.quietSince = this.#options.clock.monotonic();
        return this.#deliver(retired.file, taken, retired.arrival);
      }
      if (!(retired.file instanceof LogFile)) this.#drop(retired);
    }
    const current = this.#current;
    if (current !== undefined) {
      // Looked at before each read: what stands at the offset of an emptied file is not the next line.
      if (current.wasReplaced()) {
        this.#restart(current);
        return this.next(buffer);
      }
      const arrival = current.offset >= this.#liveFrom ? "live" : "backlog";
      const taken = current.next(buffer);
      if (taken !== undefined) return this.#deliver(current, taken, arrival);
    }
    return this.#expire(buffer);
  }

  close(): void {
    for (const retired of this.#retired) retired.close();
    this.#retired = [];
    this.#current?.close();
    this.#current = undefined;
  }

  #look(): BigIntStats | undefined {
    try {
      const stats = statSync(this.path, { bigint: true, throwIfNoEntry: false });
      if (stats?.isFile() === true) return stats;
      if (this.#current !== undefined) this.#retire("its name is gone");
      if (stats !== undefined) this.#fail("it is no regular file: name a log file");
      else {
        this.#sawAbsence = true;
        this.#resumeWithout();
        this.#setState({
          state: "waiting",
          reason: "no such file: it is read as soon as it appears",
        });
      }
    } catch (error) {
      if (this.#current !== undefined) this.#retire("its name cannot be looked at");
      this.#fail(explain(error));
    }
    return undefined;
  }

  #open(stats: BigIntStats): void {
    let file: LogFile;
    try {
      file = new LogFile(this.path);
    } catch (error) {
      this.#fail(explain(error));
      return;
    }
    this.#current = file;
    if (this.#resumed) {
      this.#pushMissed();
      file.seek(0);
      this.#liveFrom = 0;
    } else {
      this.#liveFrom = this.#isYoung(stats) ? 0 : file.size;
      this.#resume(file);
    }
    this.#setState({ state: "reading", reason: undefined });
  }

  /** Born since we look, so everything in it is new. A file of a late mount is not, though its name is. */
  #isYoung(stats: BigIntStats): boolean {
    const margin = this.#sawAbsence ? BIRTH_MARGIN_MS : 0;
    return Number(stats.birthtimeMs) > this.#options.startedAt - margin;
  }

  #resume(file: LogFile): void {
    this.#resumed = true;
    const cursor = this.#savedCursor();
    const unread = cursor === undefined ? undefined : findUnread(this.path, cursor, file);
    if (unread?.outcome === "found") return;
    if (unread?.outcome === "rotated") {
      this.#rotated("while nobody read; the rest of the old file comes first");
      for (const old of unread.old) this.#pushRetired(old, "backlog");
      file.seek(0);
      return;
    }
    if (unread?.outcome === "lost") this.#rotated("while nobody read; the old file is gone");
    file.seekBack(this.#options.maxBacklogBytes);
  }

  /** The name is free, but what had it when we last read may still be there under another. */
  #resumeWithout(): void {
    if (this.#resumed) return;
    const cursor = this.#savedCursor();
    const unread = cursor === undefined ? undefined : findUnread(this.path, cursor, undefined);
    if (unread?.outcome !== "rotated") return;
    this.#resumed = true;
    for (const old of unread.old) this.#pushRetired(old, "backlog");
  }

  #savedCursor(): ReturnType<typeof parseFileCursor> {
    const saved = this.#options.resume(keyOf(this.path));
    return saved === undefined ? undefined : parseFileCursor(saved);
  }

  /** The file was emptied in place (copytruncate): what was not read yet is in the copy, if there is one. */
  #restart(file: LogFile): void {
    this.#rotated("it was emptied in place");
    for (const copy of findCopies(this.path, file.cursor())) this.#pushRetired(copy, "live");
    this.#reached = undefined;
    this.#liveFrom = 0;
    file.seek(0);
  }

  #retire(how: string): void {
    const file = this.#current;
    if (file === undefined) return;
    this.#current = undefined;
    this.#rotated(how);
    this.#pushRetired(file, file.offset >= this.#liveFrom ? "live" : "backlog");
  }

  /** More than one rotation between two looks. */
  #pushMissed(): void {
    const latest = this.#retired.at(-1)?.file;
    if (latest === undefined) return;
    for (const missed of findMissed(this.path, latest.cursor())) this.#pushRetired(missed, "live");
  }

  #pushRetired(file: OldFile, arrival: LineBatch["arrival"]): void {
    const now = this.#options.clock.monotonic();
    this.#retired.push(retireFile(file, arrival, now, this.#options.onGrowth));
    while (this.#retired.length > RETIRED_BOUND) this.#retired.shift()?.close();
  }

  #deliver(file: OldFile, taken: TakenLines, arrival: LineBatch["arrival"]): FollowedLines {
    const chain: (OldFile | undefined)[] = [...this.#retired.map((r) => r.file), this.#current];
    if (chain.indexOf(file) >= chain.indexOf(this.#reached)) this.#reached = file;
    const reached = this.#reached ?? file;
    const cursor = { key: keyOf(this.path), value: formatFileCursor(reached.cursor()) };
    return { taken, arrival, cursor };
  }

  #expire(buffer: Buffer): FollowedLines | undefined {
    const now = this.#options.clock.monotonic();
    for (const retired of [...this.#retired]) {
      if (!(retired.file instanceof LogFile) || now < this.#expiryOf(retired)) continue;
      const taken = retired.file.last(buffer);
      const lines = taken && this.#deliver(retired.file, taken, retired.arrival);
      this.#drop(retired);
      if (lines !== undefined) return lines;
    }
    return undefined;
  }

  #expiryOf(retired: RetiredFile): number {
    const factor = this.#current === undefined ? ORPHAN_FACTOR : 1;
    return retired.quietSince + this.#options.retireAfter * factor;
  }

  #drop(retired: RetiredFile): void {
    retired.close();
    this.#retired = this.#retired.filter((other) => other !== retired);
  }

  #findRetired(identity: FileIdentity): RetiredFile | undefined {
    return this.#retired.find(
      ({ file }) => file instanceof LogFile && sameFile(file.identity, identity),
    );
  }

  #rotated(how: string): void {
    this.#options.emit({ event: "source-rotated", source: this.path, how });
  }

  #fail(reason: string): void {
    this.#setState({ state: "failed", reason });
  }

  #setState(state: FollowerState): void {
    const changed = state.state !== this.#state.state || state.reason !== this.#state.reason;
    const now = this.#options.clock.monotonic();
    if (changed) {
      const vanished = this.#state.state === "reading" && state.state === "waiting";
      this.#tellAt = vanished ? now + ABSENCE_MS : now;
      this.#state = state;
    }
    if (this.#tellAt !== undefined && now >= this.#tellAt) this.#tell();
  }

  #tell(): void {
    this.#tellAt = undefined;
    const { path: source } = this;
    const { state, reason } = this.#state;
    if (state === "waiting") this.#options.emit({ event: "source-waiting", source, reason });
    if (state === "failed") {
      this.#options.emit({ event: "source-failed", source, reason, retryIn: undefined });
    }
    if (state === "reading" && !this.#toldReading) {
      const offset = this.#current?.offset ?? 0;
      const from = offset === 0 ? "its beginning" : `byte ${offset} of ${this.#current?.size}`;
      this.#options.emit({ event: "source-started", source, from });
    }
    this.#toldReading = state === "reading";
  }
}

export const RETIRE_AFTER: Duration = duration(10_000);

function keyOf(path: string): string {
  return `file:${path}`;
}

function explain(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EACCES" || code === "EPERM") {
    return "permission denied: let the daemon's user read it and its folders (often: make it a member of group adm)";
  }
  if (code === "EMFILE" || code === "ENFILE") {
    return "too many open files: raise LimitNOFILE or name fewer files";
  }
  return error instanceof Error ? error.message : String(error);
}

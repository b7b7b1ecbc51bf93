/**
 * Follows one path through rotation, truncation and replacement. Owns the file at the path, and the files it replaced.
 * States, all set in `refresh`:
 * - waiting: no such file. Left when it appears.
 * - reading: a file is open. Left when the path disappears (waiting) or becomes unreadable (failed).
 * - failed: the path cannot be read. Left when its permissions or the path change.
 * Reads retired files first, oldest first, and closes them after `retireAfter` without growth.
 */
import { type BigIntStats, statSync } from "node:fs";
import type { LineBatch } from "../../domain/line-batch.ts";
import {
  cursorKeyOf,
  type FileCursor,
  type FileIdentity,
  formatFileCursor,
  identityIn,
  parseFileCursor,
  sameFile,
  wasBornSince,
} from "./file-cursor.ts";
import { findCopies, findMissed, findUnread, isSearching, type OldFile } from "./find-unread.ts";
import type { FollowedLines, FollowerOptions } from "./follower-options.ts";
import { FollowerReport, type FollowerState, failedToOpen } from "./follower-state.ts";
import { earlierLines } from "./lines-before.ts";
import { LogFile } from "./log-file.ts";
import { RecordSilence } from "./record-silence.ts";
import { RetiredFiles, type Successor } from "./retired-files.ts";
import { RewriteSearch } from "./rewrite-search.ts";
import { rotatedSiblings, type Sibling } from "./rotated-siblings.ts";
import type { TakenLines } from "../take-lines.ts";

export class FileFollower {
  readonly path: string;
  readonly #options: FollowerOptions;
  readonly #report: FollowerReport;
  readonly #retired: RetiredFiles;
  readonly #silence: RecordSilence;
  #current: LogFile | undefined;
  /** Offset in the current file after which lines are live. */
  #liveFrom = 0;
  /** The newest file from which lines were emitted; the cursor refers to it. */
  #reached: OldFile | undefined;
  /** Whether the saved cursor was processed. */
  #resumed = false;
  #sawAbsence = false;
  readonly #rewrite: RewriteSearch;
  #isSuccessor = false;

  constructor(options: FollowerOptions) {
    this.path = options.path;
    this.#options = options;
    this.#report = new FollowerReport(options.path, options.clock, options.emit);
    this.#retired = new RetiredFiles(options);
    this.#silence = new RecordSilence(options.start, options.clock);
    this.#rewrite = new RewriteSearch(options.clock, (how) => this.#report.rotated(how));
  }

  get state(): FollowerState {
    return this.#report.state;
  }

  /** The open file at the path, if any. */
  get current(): LogFile | undefined {
    return this.#current;
  }

  /** Whether no file is open any more. */
  get empty(): boolean {
    return this.#current === undefined && this.#retired.files.length === 0;
  }

  /** Monotonic time at which to call `refresh` even without an event; Infinity for never. */
  get dueAt(): number {
    const retired = this.#retired.dueAt(this.#successor);
    const silent = this.#silence.dueAt([...this.#retired.opened, this.#current]);
    return Math.min(this.#report.dueAt, retired, silent, this.#rewrite.dueAt(this.#current));
  }

  /** Whether `next` must be called again after other work, although it returned no lines. */
  get isSearching(): boolean {
    return [...this.#retired.opened, this.#current].some(isSearching);
  }

  whichOpen(identity: FileIdentity): "current" | "retired" | undefined {
    if (this.#current !== undefined && sameFile(this.#current.identity, identity)) return "current";
    return this.#retired.holds(identity) ? "retired" : undefined;
  }

  /** Hands a retired file over to the follower of its new path. */
  release(identity: FileIdentity): LogFile | undefined {
    return this.#retired.release(identity);
  }

  /** Continues with a file that another follower has read so far. */
  adopt(file: LogFile): void {
    this.#resumed = true;
    this.#current = file;
    this.#report.set({ state: "reading", reason: undefined, from: "its new name" });
  }

  /** Compares the path with the open file; costs one stat when nothing changed. */
  refresh(): void {
    const stats = this.#look();
    if (stats === undefined) return;
    if (this.whichOpen(identityIn(stats)) === "current") return;
    this.#retire("another file replaced it");
    this.#open(stats);
  }

  /** Returns the next complete lines, of retired files first; undefined when all are read. */
  async next(buffer: Buffer): Promise<FollowedLines | undefined> {
    for (const retired of this.#retired.files) {
      if (retired.file instanceof LogFile) this.#rewrite.settle(retired.file, "retired");
      const taken = await this.#silence.next(retired.file, buffer);
      if (taken !== undefined) {
        this.#retired.grew(retired);
        return this.#deliver(retired.file, taken, retired.arrival);
      }
      if (!(retired.file instanceof LogFile)) this.#retired.drop(retired);
      if (isSearching(retired.file) || this.#silence.delays(retired.file)) return undefined;
    }
    const current = this.#current;
    if (current !== undefined) {
      // Checked before each read: in an emptied file, the bytes at the offset are not the next line.
      if (current.wasReplaced()) {
        this.#restart(current);
        return this.next(buffer);
      }
      if (!this.#rewrite.settle(current, "current")) return this.#dropQuiet(buffer);
      const arrival = current.offset >= this.#liveFrom ? "live" : "backlog";
      // A record may end beyond the limit.
      const isLimited = this.#options.start === undefined;
      const part = isLimited ? this.#rewrite.limit(current, buffer) : buffer;
      const taken = await this.#silence.next(current, part);
      if (taken !== undefined) return this.#deliver(current, taken, arrival);
    }
    return this.#dropQuiet(buffer);
  }

  close(): void {
    this.#retired.close();
    this.#current?.close();
    this.#current = undefined;
  }

  get #siblings(): readonly Sibling[] {
    return rotatedSiblings(this.path, this.#options.clock.now());
  }

  get #successor(): Successor {
    return this.#current === undefined ? "missing" : "there";
  }

  #look(): BigIntStats | undefined {
    try {
      const stats = statSync(this.path, { bigint: true, throwIfNoEntry: false });
      if (stats?.isFile() === true) return stats;
      this.#retire("its path no longer exists");
      if (stats === undefined) this.#wait();
      else this.#report.set({ state: "failed", reason: "not a regular file: set a log file" });
    } catch (error) {
      this.#retire("its path cannot be read");
      this.#report.set(failedToOpen(error));
    }
    return undefined;
  }

  #wait(): void {
    this.#sawAbsence = true;
    // The file that was at the path when it was last read may exist under another name.
    if (!this.#resumed) this.#resumed = this.#resume(undefined) === "rotated";
    const reason = "no such file; reading starts when it appears";
    this.#report.set({ state: "waiting", reason });
  }

  #open(stats: BigIntStats): void {
    const back = this.#retired.release(identityIn(stats));
    if (back !== undefined) {
      // The file was moved away and back: its lines were already read.
      this.#current = back;
      this.#liveFrom = back.size;
      this.#report.set({ state: "reading", reason: undefined, from: "where it was left" });
      return;
    }
    let file: LogFile;
    try {
      file = new LogFile(this.path);
    } catch (error) {
      this.#report.set(failedToOpen(error));
      return;
    }
    this.#current = file;
    const name = this.#sawAbsence ? "was missing" : "was there";
    const isYoung = wasBornSince(stats, this.#options.startedAt, name);
    this.#liveFrom = !this.#resumed && isYoung ? 0 : file.size;
    if (this.#resumed) {
      this.#continueWith(file);
    } else {
      const outcome = this.#resume(file);
      if (outcome === "rotated") file.seek(0);
      if (outcome === "lost") {
        file.seekBack(this.#options.maxBacklogBytes);
        this.#rewrite.skipCopied(file, this.#options);
      }
      this.#resumed = true;
    }
    const from = file.offset === 0 ? "the beginning" : `byte ${file.offset} of ${file.size}`;
    this.#report.set({ state: "reading", reason: undefined, from });
  }

  /** Continues with a file that appeared at the path: a successor, or the same log again (copied, edited, restored). */
  #continueWith(file: LogFile): void {
    const before = this.#retired.newest;
    if (before === undefined) {
      if (this.#resume(file) !== "found") file.seek(0);
      return;
    }
    const siblings = this.#siblings;
    for (const missed of findMissed(siblings, before.cursor())) {
      this.#rewrite.skipRest(missed, before);
      this.#retired.push(missed, "live");
    }
    const latest = this.#retired.newest ?? before;
    // The old file was rotated just now, so all of the new file's content is new.
    if (this.#rewrite.succeed(file, latest, siblings) === "rotated") this.#liveFrom = 0;
  }

  /** Finds the file of the saved cursor; "lost" also without a cursor. */
  #resume(file: LogFile | undefined): "found" | "rotated" | "lost" {
    const cursor = this.#savedCursor();
    if (cursor === undefined) return "lost";
    const unread = findUnread(this.#siblings, cursor, file, this.#options.since);
    const { outcome, old } = unread;
    this.#rewrite.doubtResumed(file, cursor, unread);
    for (const one of old) this.#retired.push(one, "backlog");
    this.#isSuccessor = outcome !== "found";
    if (outcome === "rotated") {
      this.#report.rotated("while stopped; the rest of the old file comes first");
    } else if (outcome === "lost" && (file !== undefined || old.length > 0)) {
      this.#report.lost(cursor.at, old.length);
    }
    return outcome;
  }

  #savedCursor(): FileCursor | undefined {
    const saved = this.#options.resume(cursorKeyOf(this.path));
    return saved === undefined ? undefined : parseFileCursor(saved, this.#options.clock.now());
  }

  /**
   * Restarts at the beginning of a file that was emptied in place (copytruncate). Unread lines are in the copy, if one
   * exists.
   */
  #restart(file: LogFile): void {
    const copies = findCopies(this.#siblings, file);
    if (copies.length > 0) this.#report.rotated("it was emptied in place");
    this.#rewrite.empty(file, copies);
    for (const copy of copies) this.#retired.push(copy, "live");
    this.#reached = undefined;
    this.#isSuccessor = true;
    // Without a copy it may be the old text, edited: trust the times of its lines.
    this.#liveFrom = copies.length > 0 ? 0 : file.size;
    file.seek(0);
  }

  #retire(how: string): void {
    const file = this.#current;
    if (file === undefined) return;
    // The file was emptied and then lost its name, both since the last refresh.
    if (file.wasReplaced()) this.#restart(file);
    this.#current = undefined;
    this.#report.rotated(how);
    this.#retired.push(file, file.offset >= this.#liveFrom ? "live" : "backlog");
  }

  #deliver(file: OldFile, taken: TakenLines, arrival: LineBatch["arrival"]): FollowedLines {
    const chain = [...this.#retired.opened, this.#current];
    const isNewer = chain.indexOf(file) >= chain.indexOf(this.#reached);
    if (this.#reached === undefined || isNewer) this.#reached = file;
    const at = this.#options.clock.now();
    const value = formatFileCursor({ ...this.#reached.cursor(), at });
    const rewritten = this.#rewrite.takeDoubt(file);
    const cursor = { key: cursorKeyOf(this.path), value };
    const opening = this.#isSuccessor ? "unknown" : "begins";
    const common = { taken, arrival, cursor, rewritten };
    return file instanceof LogFile
      ? { ...common, ...earlierLines(file, opening, this.#options.start), content: file.content }
      : { ...common, content: file };
  }

  #dropQuiet(buffer: Buffer): FollowedLines | undefined {
    for (const { retired, file } of this.#retired.quiet(this.#successor)) {
      const taken = file.last(buffer, "missing", this.#options);
      const lines = taken && this.#deliver(file, taken, retired.arrival);
      this.#retired.drop(retired);
      if (lines !== undefined) return lines;
    }
    return undefined;
  }
}

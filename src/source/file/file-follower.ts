/**
 * Follows one path through every replacement. Owns the file at the path, and those it replaced. States, set in `refresh`:
 * - waiting: no such file. Left when it appears.
 * - reading: a file is open. Left when the path disappears (waiting) or becomes unreadable (failed).
 * - failed: the path cannot be read. Left when its permissions or the path change.
 * Reads retired files first, oldest first, and closes them after `retireAfter` without growth.
 */
import type { BigIntStats } from "node:fs";
import type { LineBatch } from "../../domain/line-batch.ts";
import {
  cursorKeyOf,
  type FileCursor,
  type FileIdentity,
  formatFileCursor,
  identityIn,
  sameFile,
  wasBornSince,
} from "./file-cursor.ts";
import { findAtPath, openAtPath } from "./find-at-path.ts";
import { findCopies, findMissed, findUnread, isSearching, type Unread } from "./find-unread.ts";
import type { FileHolder, FollowedLines, FollowerOptions } from "./follower-options.ts";
import { FollowerReport, type FollowerState } from "./follower-state.ts";
import { earlierLines } from "./lines-before.ts";
import { LogFile } from "./log-file.ts";
import { cursorAt } from "./moved-cursors.ts";
import { RecordSilence } from "./record-silence.ts";
import { RetiredFiles, type Successor } from "./retired-files.ts";
import { RewriteSearch } from "./rewrite-search.ts";
import { rotatedSiblings, type Sibling } from "./rotated-siblings.ts";
import type { OldFile } from "./rotated-texts.ts";
import type { SearchOptions } from "./sibling-texts.ts";
import { NO_LINES, type TakenLines } from "../take-lines.ts";

export class FileFollower implements FileHolder {
  readonly path: string;
  /** Whether another follower reads the file at the path, under another name. */
  isAlias = false;
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
  /** Whether the position saved last is in a file of this path. */
  #hasPosition = true;
  #sawAbsence = false;
  /** A file that another follower has read so far, until its position is saved for this path. */
  #adopted: LogFile | undefined;
  readonly #search: SearchOptions;
  readonly #rewrite: RewriteSearch;
  #isSuccessor = false;

  constructor(options: FollowerOptions) {
    this.path = options.path;
    this.#options = options;
    this.#report = new FollowerReport(options.path, options.clock, options.emit);
    this.#retired = new RetiredFiles(options);
    this.#silence = new RecordSilence(options.start, options.clock);
    this.#search = { signal: options.signal, onLeftOut: (what) => this.#report.leftOut(what) };
    const report = (how: string): void => this.#report.rotated(how);
    this.#rewrite = new RewriteSearch(options.clock, report, this.#search);
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

  release(identity: FileIdentity): LogFile | undefined {
    const file = this.#retired.release(identity);
    if (file !== undefined && file === this.#reached) this.#hasPosition = false;
    return file;
  }

  /** Compares the path with the open file; costs one stat when nothing changed. */
  async refresh(): Promise<void> {
    const { stats, how, failure } = findAtPath(this.path);
    if (stats === undefined) {
      await this.#retire(how);
      return failure === undefined ? this.#wait() : this.#report.set(failure);
    }
    const identity = identityIn(stats);
    if (this.whichOpen(identity) === "current") return;
    await this.#retire(how);
    const holder = this.#options.holderOf(identity);
    this.isAlias = holder?.whichOpen(identity) === "current";
    if (this.isAlias) {
      this.#resumed = true;
      this.#hasPosition = false;
      return this.#report.set({ state: "reading", reason: undefined, from: `as ${holder?.path}` });
    }
    const moved = holder?.release(identity);
    if (moved === undefined) await this.#open(stats);
    else this.#adopt(moved, 0, "its new name");
  }

  /** Returns the next complete lines, of retired files first; undefined when all are read. */
  async next(buffer: Buffer): Promise<FollowedLines | undefined> {
    const adopted = this.#adopted;
    this.#adopted = undefined;
    // Otherwise the position of its former path would be that of another file by the next start.
    if (adopted !== undefined && adopted === this.#current)
      return this.#deliver(adopted, NO_LINES, "live");
    for (const retired of this.#retired.files) {
      if (retired.file instanceof LogFile) await this.#rewrite.settle(retired.file, "retired");
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
        await this.#restart(current);
        return this.next(buffer);
      }
      if (!(await this.#rewrite.settle(current, "current"))) return this.#dropQuiet(buffer);
      const arrival = current.offset >= this.#liveFrom ? "live" : "backlog";
      // A record may end beyond the limit.
      const part = this.#options.start ? buffer : this.#rewrite.limit(current, buffer);
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

  readonly #siblings = (): readonly Sibling[] =>
    rotatedSiblings(this.path, this.#options.clock.now());

  get #successor(): Successor {
    return this.#current === undefined ? "missing" : "there";
  }

  async #wait(): Promise<void> {
    this.#sawAbsence = true;
    // The file that was at the path when it was last read may exist under another name.
    if (!this.#resumed) this.#resumed = (await this.#resume(undefined)) === "rotated";
    this.#report.set({ state: "waiting", reason: "no such file; reading starts when it appears" });
  }

  #adopt(file: LogFile, liveFrom: number, from: string): void {
    this.#resumed = true;
    this.#liveFrom = liveFrom;
    this.#current = this.#adopted = file;
    this.#report.set({ state: "reading", reason: undefined, from });
  }

  async #open(stats: BigIntStats): Promise<void> {
    const back = this.#retired.release(identityIn(stats));
    // The file was moved away and back: its lines were already read.
    if (back !== undefined) return this.#adopt(back, back.size, "where it was left");
    const file = openAtPath(this.path);
    if (!(file instanceof LogFile)) return this.#report.set(file);
    this.#current = file;
    // If it is emptied during the search, its beginning tells.
    file.seek(0);
    const name = this.#sawAbsence ? "was missing" : "was there";
    const isYoung = wasBornSince(stats, this.#options.startedAt, name);
    this.#liveFrom = !this.#resumed && isYoung ? 0 : file.size;
    if (this.#resumed) {
      await this.#continueWith(file);
    } else {
      if (this.#options.replaced) await this.#resume(undefined, this.#options.replaced);
      if ((await this.#resume(file)) === "lost") {
        file.seekBack(this.#options.maxBacklogBytes);
        await this.#rewrite.skipCopied(file, this.#options);
      }
      this.#resumed = true;
    }
    const from = file.offset === 0 ? "the beginning" : `byte ${file.offset} of ${file.size}`;
    this.#report.set({ state: "reading", reason: undefined, from });
  }

  /** Continues with a file that appeared at the path: a successor, or the same log again (copied, edited, restored). */
  async #continueWith(file: LogFile): Promise<void> {
    const before = this.#retired.newest;
    if (before === undefined) {
      if (this.#hasPosition) await this.#resume(file);
      return;
    }
    for (const missed of await findMissed(this.#siblings, before.cursor(), file, this.#search)) {
      this.#rewrite.skipRest(missed, before);
      this.#retired.push(missed, "live");
    }
    const latest = this.#retired.newest ?? before;
    // The old file was rotated just now, so all of the new file's content is new.
    const how = await this.#rewrite.succeed(file, latest, this.#siblings);
    if (how === "rotated") this.#liveFrom = 0;
  }

  /** Finds the file of the saved cursor; "lost" also without a cursor. */
  async #resume(file: LogFile | undefined, position?: FileCursor): Promise<Unread["outcome"]> {
    const cursor = position ?? cursorAt(this.#resumed ? "later" : "the start", this.#options);
    if (cursor === undefined) return "lost";
    if (cursor === this.#options.moved) this.#adopted = file;
    const options = { ...this.#search, oldest: this.#options.since, path: this.path };
    const unread = await findUnread(this.#siblings, cursor, file, options);
    const { outcome, old } = unread;
    this.#rewrite.doubtResumed(file, cursor, unread);
    for (const one of old) this.#retired.push(one, "backlog");
    this.#isSuccessor = outcome !== "found";
    if (this.#current !== undefined || old.length > 0 || outcome === "rotated")
      this.#report.resumed(outcome, cursor.at, old.length);
    return outcome;
  }

  /**
   * Restarts at the beginning of a file that was emptied in place (copytruncate). Unread lines are in the copy, if one
   * exists.
   */
  async #restart(file: LogFile): Promise<void> {
    const [text, cursor] = [{ tail: file.tail, head: file.head, size: 0 }, file.cursor()];
    file.seek(0); // From here on its beginning is known, also if it is emptied again during the search.
    const copies = await findCopies(this.#siblings, file, cursor, this.#search);
    if (copies.length > 0) this.#report.rotated("it was emptied in place");
    this.#rewrite.empty(file, text, copies);
    for (const copy of copies) this.#retired.push(copy, "live");
    this.#reached = undefined;
    this.#isSuccessor = true;
    // Without a copy it may be the old text, edited: trust the times of its lines.
    this.#liveFrom = copies.length > 0 ? 0 : file.size;
  }

  async #retire(how: string): Promise<void> {
    const file = this.#current;
    if (file === undefined) return;
    // The file was emptied and then lost its name, both since the last refresh.
    if (file.wasReplaced()) await this.#restart(file);
    this.#current = undefined;
    this.#report.rotated(how);
    this.#retired.push(file, file.offset >= this.#liveFrom ? "live" : "backlog");
  }

  #deliver(file: OldFile, taken: TakenLines, arrival: LineBatch["arrival"]): FollowedLines {
    const chain = [...this.#retired.opened, this.#current];
    const isNewer = chain.indexOf(file) >= chain.indexOf(this.#reached);
    if (this.#reached === undefined || isNewer) this.#reached = file;
    this.#hasPosition = true;
    // Reading may be behind by several rotations. Then files that were written to before now are unread, too.
    const at = this.#reached === this.#current ? this.#options.clock.now() : undefined;
    const value = formatFileCursor(this.#reached.cursor(), at);
    const cursor = { key: cursorKeyOf(this.path), value };
    const opening = this.#isSuccessor ? "unknown" : "begins";
    const common = { taken, arrival, cursor, rewritten: this.#rewrite.takeDoubt(file) };
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

/**
 * Follows one path through everything that happens to it. Owns the file under the name now and those it replaced.
 *
 * States, all set at `refresh`, the only writer:
 *   waiting  no such file. Left when it appears.
 *   reading  a file is open. Left when the name is gone (waiting) or belongs to something unreadable (failed).
 *   failed   something is there that cannot be read. Left when its rights or the name change.
 * Reading order: retired files, oldest first, then the current one. Retired files are closed when they were quiet for
 * `retireAfter`; their last lines without end are handed out then.
 */
import { type BigIntStats, statSync } from "node:fs";
import type { LineBatch } from "../../domain/line-batch.ts";
import {
  cursorKeyOf,
  type FileCursor,
  type FileIdentity,
  formatFileCursor,
  parseFileCursor,
  sameFile,
  wasBornSince,
} from "./file-cursor.ts";
import {
  findCopies,
  findMissed,
  findUnread,
  isSameText,
  type OldFile,
  wasRotated,
} from "./find-unread.ts";
import type { FollowedLines, FollowerOptions } from "./follower-options.ts";
import { FollowerReport, type FollowerState, failedToOpen } from "./follower-state.ts";
import { linesBefore } from "./lines-before.ts";
import { LogFile } from "./log-file.ts";
import { RetiredFiles, type Successor } from "./retired-files.ts";
import { RewriteSearch } from "./rewrite-search.ts";
import type { TakenLines } from "../take-lines.ts";

export class FileFollower {
  readonly path: string;
  readonly #options: FollowerOptions;
  readonly #report: FollowerReport;
  readonly #retired: RetiredFiles;
  #current: LogFile | undefined;
  /** Offset in the current file from which lines were written while we looked. */
  #liveFrom = 0;
  /** The newest file of the chain that lines were handed out from: what the cursor speaks of. */
  #reached: OldFile | undefined;
  /** Whether the saved cursor has been dealt with. */
  #resumed = false;
  #sawAbsence = false;
  readonly #rewrite: RewriteSearch;
  #isSuccessor = false;

  constructor(options: FollowerOptions) {
    this.path = options.path;
    this.#options = options;
    this.#report = new FollowerReport(options.path, options.clock, options.emit);
    this.#retired = new RetiredFiles(options);
    this.#rewrite = new RewriteSearch(options.clock, (how) => this.#report.rotated(how));
  }

  get state(): FollowerState {
    return this.#report.state;
  }

  /** The file under the name, as far as one is open. */
  get held(): (FileIdentity & { readonly size: number; readonly offset: number }) | undefined {
    const file = this.#current;
    return file && { ...file.identity, size: file.size, offset: file.offset };
  }

  /** The open file under the name. */
  get current(): LogFile | undefined {
    return this.#current;
  }

  /** Whether nothing is open any more. */
  get empty(): boolean {
    return this.#current === undefined && this.#retired.files.length === 0;
  }

  /** When to look again even without an event, monotonic; Infinity when there is no need. */
  get dueAt(): number {
    const retired = this.#retired.dueAt(this.#successor);
    return Math.min(this.#report.dueAt, retired, this.#rewrite.dueAt);
  }

  holds(identity: FileIdentity): "current" | "retired" | undefined {
    if (this.#current !== undefined && sameFile(this.#current.identity, identity)) return "current";
    return this.#retired.holds(identity) ? "retired" : undefined;
  }

  /** Gives up a retired file to the follower of the name it has now. */
  release(identity: FileIdentity): LogFile | undefined {
    return this.#retired.release(identity);
  }

  /** Continues with a file that another follower has read so far. */
  adopt(file: LogFile): void {
    this.#resumed = true;
    this.#current = file;
    this.#report.set({ state: "reading", reason: undefined, from: "its new name" });
  }

  /** Compares the name with what is held; one stat when nothing happened. */
  refresh(): void {
    const stats = this.#look();
    if (stats === undefined) return;
    const identity = { device: `${stats.dev}`, inode: `${stats.ino}` };
    if (this.#current !== undefined && sameFile(this.#current.identity, identity)) return;
    this.#retire("another file has its name");
    this.#open(stats);
  }

  /** The next complete lines of the chain; undefined when all is read. */
  async next(buffer: Buffer): Promise<FollowedLines | undefined> {
    for (const retired of this.#retired.files) {
      const taken = await retired.file.next(buffer);
      if (taken !== undefined) {
        this.#retired.grew(retired);
        return this.#deliver(retired.file, taken, retired.arrival);
      }
      if (!(retired.file instanceof LogFile)) this.#retired.drop(retired);
    }
    const current = this.#current;
    if (current !== undefined) {
      // Looked at before each read: what stands at the offset of an emptied file is not the next line.
      if (current.wasReplaced()) {
        this.#restart(current);
        return this.next(buffer);
      }
      if (!this.#rewrite.settle(current)) return this.#letGo(buffer);
      const arrival = current.offset >= this.#liveFrom ? "live" : "backlog";
      const taken = current.next(buffer);
      if (taken !== undefined) return this.#deliver(current, taken, arrival);
    }
    return this.#letGo(buffer);
  }

  close(): void {
    this.#retired.close();
    this.#current?.close();
    this.#current = undefined;
  }

  get #successor(): Successor {
    return this.#current === undefined ? "missing" : "there";
  }

  #look(): BigIntStats | undefined {
    try {
      const stats = statSync(this.path, { bigint: true, throwIfNoEntry: false });
      if (stats?.isFile() === true) return stats;
      this.#retire("its name is gone");
      if (stats === undefined) this.#wait();
      else this.#report.set({ state: "failed", reason: "it is no regular file: name a log file" });
    } catch (error) {
      this.#retire("its name cannot be looked at");
      this.#report.set(failedToOpen(error));
    }
    return undefined;
  }

  #wait(): void {
    this.#sawAbsence = true;
    // What had the name when we last read may still be there under another.
    if (!this.#resumed) this.#resumed = this.#resume(undefined) === "rotated";
    const reason = "no such file: it is read as soon as it appears";
    this.#report.set({ state: "waiting", reason });
  }

  #open(stats: BigIntStats): void {
    const back = this.#retired.release({ device: `${stats.dev}`, inode: `${stats.ino}` });
    if (back !== undefined) {
      // Moved away and back: its lines were read.
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
      this.#goOn(file);
    } else {
      const outcome = this.#resume(file);
      if (outcome === "rotated") file.seek(0);
      if (outcome === "lost") {
        file.seekBack(this.#options.maxBacklogBytes);
        this.#rewrite.skipCopied(file, this.#options);
      }
      this.#resumed = true;
    }
    const from = file.offset === 0 ? "its beginning" : `byte ${file.offset} of ${file.size}`;
    this.#report.set({ state: "reading", reason: undefined, from });
  }

  /** What takes the name of a file that was read is its successor, or the same log again: copied, edited, put back. */
  #goOn(file: LogFile): void {
    const latest = this.#retired.newest;
    if (latest === undefined) {
      if (this.#resume(file) !== "found") file.seek(0);
      return;
    }
    for (const missed of findMissed(this.path, latest.cursor())) this.#retired.push(missed, "live");
    const tail = latest instanceof LogFile ? latest.tail : Buffer.alloc(0);
    const cursor = latest.cursor();
    if (isSameText(file, cursor, tail)) return file.seek(Math.min(cursor.offset, file.size));
    file.seek(0);
    // An old file that has another name now was rotated, or an editor's backup: then this one is complete already.
    const isComplete = !(latest instanceof LogFile) || latest.isLinked;
    const isRotated = wasRotated(this.path, cursor);
    // Its name was ours until a moment ago: all that it holds is new.
    if (isRotated) this.#liveFrom = 0;
    this.#rewrite.begin(tail, { isComplete, unstamped: isRotated ? undefined : "unknown" });
  }

  /** Finds what the saved cursor speaks of; "lost" also when there is no cursor. */
  #resume(file: LogFile | undefined): "found" | "rotated" | "lost" {
    const cursor = this.#savedCursor();
    if (cursor === undefined) return "lost";
    const { outcome, old, alone } = findUnread(this.path, cursor, file, this.#options.since);
    if (file !== undefined) this.#rewrite.doubtResumed(file, cursor, { outcome, alone });
    for (const unread of old) this.#retired.push(unread, "backlog");
    this.#isSuccessor = outcome !== "found";
    if (outcome === "rotated") {
      this.#report.rotated("while nobody read; the rest of the old file comes first");
    } else if (outcome === "lost" && (file !== undefined || old.length > 0)) {
      this.#report.lost(cursor.at, old.length);
    }
    return outcome;
  }

  #savedCursor(): FileCursor | undefined {
    const saved = this.#options.resume(cursorKeyOf(this.path));
    return saved === undefined ? undefined : parseFileCursor(saved);
  }

  /** The file was emptied in place (copytruncate): what was not read yet is in the copy, if there is one. */
  #restart(file: LogFile): void {
    const copies = findCopies(this.path, file);
    if (copies.length > 0) this.#report.rotated("it was emptied in place");
    else this.#rewrite.begin(file.tail, { isComplete: false, unstamped: "unknown" });
    for (const copy of copies) this.#retired.push(copy, "live");
    this.#reached = undefined;
    this.#isSuccessor = true;
    // Without a copy it may be the old text, edited: its stamps are to be believed.
    this.#liveFrom = copies.length > 0 ? 0 : file.size;
    file.seek(0);
  }

  #retire(how: string): void {
    const file = this.#current;
    if (file === undefined) return;
    // Emptied before it lost its name, both since the last look.
    if (file.wasReplaced()) this.#restart(file);
    this.#current = undefined;
    this.#rewrite.leave(file);
    this.#report.rotated(how);
    this.#retired.push(file, file.offset >= this.#liveFrom ? "live" : "backlog");
  }

  #deliver(file: OldFile, taken: TakenLines, arrival: LineBatch["arrival"]): FollowedLines {
    const chain = [...this.#retired.files.map((retired) => retired.file), this.#current];
    if (this.#reached === undefined || chain.indexOf(file) >= chain.indexOf(this.#reached)) {
      this.#reached = file;
    }
    const at = this.#options.clock.now();
    const value = formatFileCursor({ ...this.#reached.cursor(), at });
    const rewritten = this.#rewrite.takeDoubt(file);
    const cursor = { key: cursorKeyOf(this.path), value };
    const opening = this.#isSuccessor ? "unknown" : "begins";
    const before = file instanceof LogFile ? () => linesBefore(file, opening) : undefined;
    return { taken, arrival, cursor, rewritten, before };
  }

  #letGo(buffer: Buffer): FollowedLines | undefined {
    for (const { retired, file } of this.#retired.quiet(this.#successor)) {
      const taken = file.last(buffer, "missing");
      const lines = taken && this.#deliver(file, taken, retired.arrival);
      this.#retired.drop(retired);
      if (lines !== undefined) return lines;
    }
    return undefined;
  }
}

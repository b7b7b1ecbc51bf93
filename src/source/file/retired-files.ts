/**
 * Keeps the files that were at a path before the current one, oldest first, because their writers may not have reopened
 * yet. Owns each open file and a kernel watch on its inode, so growth is noticed after a move or deletion. Keeps at
 * most `MAX_RETIRED` files; the oldest is dropped (and reported if it has unread lines), and one that stops growing is
 * closed.
 */
import { type FSWatcher, watch } from "node:fs";
import type { Clock } from "../../domain/clock.ts";
import type { Duration } from "../../domain/duration.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Emit } from "../../telemetry/events.ts";
import { type FileIdentity, sameFile } from "./file-cursor.ts";
import { LogFile } from "./log-file.ts";
import type { OldFile } from "./rotated-texts.ts";

const MAX_RETIRED = 32;
/**
 * A file without a successor is kept longer by this factor: its writer may continue for a while, but the disk space
 * must be freed at some time.
 */
const ORPHAN_FACTOR = 60;

export interface RetiredFile {
  readonly file: OldFile;
  readonly arrival: LineBatch["arrival"];
  /** Monotonic time of its last growth, or of its retirement. */
  quietSince: number;
  readonly watcher: FSWatcher | undefined;
}

export interface RetiredFilesOptions {
  /** The path at which the files were. */
  readonly path: string;
  readonly emit: Emit;
  readonly clock: Clock;
  /** How long a file without growth stays open. */
  readonly retireAfter: Duration;
  readonly onGrowth: () => void;
}

/** Whether another file is at the path now. */
export type Successor = "there" | "missing";

export class RetiredFiles {
  readonly #options: RetiredFilesOptions;
  #files: readonly RetiredFile[] = [];
  #newest: OldFile | undefined;

  constructor(options: RetiredFilesOptions) {
    this.#options = options;
  }

  get files(): readonly RetiredFile[] {
    return this.#files;
  }

  /** Their files, oldest first. */
  get opened(): readonly OldFile[] {
    return this.#files.map(({ file }) => file);
  }

  /** The file added last, while it can be read. An archive never changes, so it counts even after it was read. */
  get newest(): OldFile | undefined {
    return this.#newest;
  }

  push(file: OldFile, arrival: LineBatch["arrival"]): void {
    const quietSince = this.#options.clock.monotonic();
    const retired = { file, arrival, quietSince, watcher: this.#watch(file) };
    this.#files = [...this.#files, retired];
    this.#newest = file;
    const [oldest] = this.#files;
    if (this.#files.length > MAX_RETIRED && oldest !== undefined) this.#evict(oldest);
  }

  grew(retired: RetiredFile): void {
    retired.quietSince = this.#options.clock.monotonic();
  }

  /** Returns the monotonic time at which the first of them may be closed; Infinity without files. */
  dueAt(successor: Successor): number {
    return Math.min(Infinity, ...this.#files.map((retired) => this.#endOf(retired, successor)));
  }

  /** Returns files without growth for long enough. Archives close at their end. */
  quiet(successor: Successor): readonly { retired: RetiredFile; file: LogFile }[] {
    const now = this.#options.clock.monotonic();
    return this.#files.flatMap((retired) => {
      const { file } = retired;
      return file instanceof LogFile && !file.isSearching && now >= this.#endOf(retired, successor)
        ? [{ retired, file }]
        : [];
    });
  }

  holds(identity: FileIdentity): boolean {
    return this.#find(identity) !== undefined;
  }

  /** Hands the open file over to the caller. */
  release(identity: FileIdentity): LogFile | undefined {
    const retired = this.#find(identity);
    if (retired === undefined) return undefined;
    this.#remove(retired);
    return retired.file instanceof LogFile ? retired.file : undefined;
  }

  drop(retired: RetiredFile): void {
    this.#remove(retired);
    retired.file.close();
  }

  close(): void {
    for (const retired of this.#files) this.drop(retired);
  }

  #evict(oldest: RetiredFile): void {
    const { file } = oldest;
    const unread = !(file instanceof LogFile) || file.size > file.offset;
    this.drop(oldest);
    if (!unread) return;
    const queue = `unread rotated files of ${this.#options.path}`;
    this.#options.emit({ event: "queue-overflowed", queue, dropped: 1 });
  }

  #watch(file: OldFile): FSWatcher | undefined {
    if (!(file instanceof LogFile)) return undefined;
    try {
      const watcher = watch(file.handle, () => this.#options.onGrowth());
      watcher.on("error", () => watcher.close());
      return watcher;
    } catch {
      // Too many watches: it is read at the next poll; the folder's watch reports the problem.
      return undefined;
    }
  }

  #remove(retired: RetiredFile): void {
    retired.watcher?.close();
    this.#files = this.#files.filter((other) => other !== retired);
    if (this.#newest === retired.file && retired.file instanceof LogFile) {
      this.#newest = this.#files.at(-1)?.file;
    }
  }

  #find(identity: FileIdentity): RetiredFile | undefined {
    return this.#files.find(
      ({ file }) => file instanceof LogFile && sameFile(file.identity, identity),
    );
  }

  #endOf(retired: RetiredFile, successor: Successor): number {
    const factor = successor === "missing" ? ORPHAN_FACTOR : 1;
    return retired.quietSince + this.#options.retireAfter * factor;
  }
}

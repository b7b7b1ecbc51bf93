/** Compares the files of the open database with what this process left there, because nobody else may change them. */
import { statSync, writeFileSync } from "node:fs";

export interface FileFault {
  /**
   * removed: to be written again. replaced: another file is at the path, which may be a restored backup. truncated: an
   * open file is shorter. touched: the open database file or its log was written to, which the database itself can check.
   */
  readonly kind: "removed" | "replaced" | "truncated" | "touched";
  readonly reason: string;
}

interface FileState {
  /** Device and inode. */
  readonly identity: string;
  readonly size: bigint;
  readonly changedAt: bigint;
}

interface Length {
  readonly size: number;
  /** When it was last written to, in milliseconds. */
  readonly mtimeMs: number;
}

const EMPTY: Length = { size: 0, mtimeMs: 0 };

export class FileWatch {
  readonly #path: string;
  readonly #log: string;
  readonly #index: string;
  #main: FileState | undefined;
  #logIdentity: string | undefined;
  /** After the last write of this process. */
  #logState: Length = EMPTY;
  #indexIdentity: string | undefined;
  #indexSize = 0;

  /** By performance.now(). */
  #indexCheckedAt = 0;

  /** Begins with the files as they are. `path` is that of the database, which is open. */
  constructor(path: string) {
    this.#path = path;
    this.#log = `${path}-wal`;
    this.#index = `${path}-shm`;
    this.#main = stateOf(path);
    this.acceptLog();
  }

  /** Accepts the database file as it is now: this process wrote it. */
  acceptMain(): void {
    const there = stateOf(this.#path);
    if (there?.identity === this.#main?.identity) this.#main = there;
  }

  /** Accepts the write-ahead log as it is now, because this process wrote it, and returns its length. */
  acceptLog(): number {
    this.#logState = lengthOf(this.#log);
    return this.#logState.size;
  }

  /** Returns whether another program wrote to the write-ahead log, or made it shorter. Costs one system call. */
  isLogChanged(): boolean {
    const { size, mtimeMs } = lengthOf(this.#log);
    return size < this.#logState.size || mtimeMs !== this.#logState.mtimeMs;
  }

  /**
   * Returns whether the index was shorter than before, and has its length again, but without its content. SQLite maps
   * it to memory, so the kernel would end this process at an access behind its end; an empty index is made again from
   * the log. Costs one system call, and nothing for so long after a check.
   */
  repairIndex(checkedForMs: number): boolean {
    if (performance.now() < this.#indexCheckedAt + checkedForMs) return false;
    this.#indexCheckedAt = performance.now();
    const { size } = lengthOf(this.#index);
    const before = this.#indexSize;
    this.#indexSize = size;
    if (size >= before || (size === 0 && stateOf(this.#index) === undefined)) return false;
    // Also what is left of it, which would be valid but incomplete. A hole would end the process on a full disk.
    writeFileSync(this.#index, Buffer.alloc(before), { flag: "r+" });
    this.#indexSize = before;
    return true;
  }

  /** Returns what happened to the files since they were accepted, undefined if nothing. */
  findFault(): FileFault | undefined {
    const [known, there] = [this.#main, stateOf(this.#path)];
    if (known !== undefined && there === undefined)
      return { kind: "removed", reason: "the database file was removed" };
    if (there?.identity !== known?.identity) {
      const reason =
        "another file has the place of the database: it is used from the next start on";
      return { kind: "replaced", reason };
    }
    if (known !== undefined && there !== undefined && there.size < known.size)
      return truncated("database file", known.size, there.size);
    const fault = this.#findCompanionFault();
    if (fault !== undefined) return fault;
    if (there?.changedAt !== known?.changedAt) return touched("database file");
    return this.isLogChanged() ? touched("write-ahead log of the database") : undefined;
  }

  /** SQLite creates both files with the first use, so their first identity is accepted. */
  #findCompanionFault(): FileFault | undefined {
    const log = stateOf(this.#log)?.identity;
    if (log !== (this.#logIdentity ??= log))
      return { kind: "removed", reason: "the write-ahead log of the database was removed" };
    const { size } = lengthOf(this.#log);
    if (size < this.#logState.size)
      return truncated("write-ahead log of the database", this.#logState.size, size);
    const index = stateOf(this.#index)?.identity;
    if (index !== (this.#indexIdentity ??= index))
      return { kind: "removed", reason: "the index of the database was removed" };
    return undefined;
  }
}

function truncated(name: string, before: bigint | number, now: bigint | number): FileFault {
  const what = Number(now) === 0 ? "emptied" : `cut from ${before} to ${now} bytes`;
  return { kind: "truncated", reason: `the ${name} was ${what} by another program` };
}

function touched(name: string): FileFault {
  return { kind: "touched", reason: `another program wrote to the ${name}` };
}

/** Returns what is cheap to compare; that of a missing file is empty. */
function lengthOf(path: string): Length {
  return statSync(path, { throwIfNoEntry: false }) ?? EMPTY;
}

/** Reads no content: closing a second descriptor of the database would end the locks of SQLite's own. */
function stateOf(path: string): FileState | undefined {
  try {
    const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
    return { identity: `${dev} ${ino}`, size, changedAt: mtimeNs };
  } catch {
    return undefined;
  }
}

/** Compares the files of the open database with what this process left there, because nobody else may change them. */
import { statSync } from "node:fs";

export interface FileFault {
  /**
   * removed: to be written again. replaced: another file is at the path, which may be a restored backup. truncated: an
   * open file is shorter. touched: the open database file was written to, which the database itself can check.
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

export class FileWatch {
  readonly #path: string;
  readonly #log: string;
  #main: FileState | undefined;
  /** Its identity, and its length after the last write, as a number that is cheap to compare. */
  #logIdentity: string | undefined;
  #logSize = 0;
  #indexIdentity: string | undefined;

  /** Begins with the files as they are. `path` is that of the database, which is open. */
  constructor(path: string) {
    this.#path = path;
    this.#log = `${path}-wal`;
    this.#main = stateOf(path);
    this.acceptLog();
  }

  /** Accepts the database file as it is now: this process wrote it. */
  acceptMain(): void {
    const there = stateOf(this.#path);
    if (there?.identity === this.#main?.identity) this.#main = there;
  }

  /** Accepts the length of the write-ahead log as it is now, and returns it. */
  acceptLog(): number {
    this.#logSize = this.#currentLogSize();
    return this.#logSize;
  }

  /** Returns whether the write-ahead log became shorter. Costs one system call. */
  isLogTruncated(): boolean {
    return this.#currentLogSize() < this.#logSize;
  }

  #currentLogSize(): number {
    return statSync(this.#log, { throwIfNoEntry: false })?.size ?? 0;
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
    if (fault !== undefined || there?.changedAt === known?.changedAt) return fault;
    return { kind: "touched", reason: "another program wrote to the database file" };
  }

  /** SQLite creates both files with the first use, so their first identity is accepted. */
  #findCompanionFault(): FileFault | undefined {
    const log = stateOf(this.#log)?.identity;
    if (log !== (this.#logIdentity ??= log))
      return { kind: "removed", reason: "the write-ahead log of the database was removed" };
    if (this.isLogTruncated())
      return truncated("write-ahead log of the database", this.#logSize, this.#currentLogSize());
    const index = stateOf(`${this.#path}-shm`)?.identity;
    if (index !== (this.#indexIdentity ??= index))
      return { kind: "removed", reason: "the index of the database was removed" };
    return undefined;
  }
}

function truncated(name: string, before: bigint | number, now: bigint | number): FileFault {
  const what = Number(now) === 0 ? "emptied" : `cut from ${before} to ${now} bytes`;
  return { kind: "truncated", reason: `the ${name} was ${what} by another program` };
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

/** Compares the files of the open database with what this process left there, because nobody else may change them. */
import { fileIdentity } from "../host/file-identity.ts";

export interface FileFault {
  /** removed: to be written again. replaced: another file is at the path, which may be a restored backup. */
  readonly kind: "removed" | "replaced";
  readonly reason: string;
}

export class FileWatch {
  readonly #path: string;
  /** Device and inode of the open file, and of its write-ahead log. */
  #identity: string | undefined;
  #walIdentity: string | undefined;

  /** Begins with the files as they are. `path` is that of the database, which is open. */
  constructor(path: string) {
    this.#path = path;
    this.#identity = fileIdentity(path);
    this.#walIdentity = fileIdentity(`${path}-wal`);
  }

  /** Returns what happened to the files, undefined if nothing. */
  findFault(): FileFault | undefined {
    const there = fileIdentity(this.#path);
    if (there === undefined && this.#identity !== undefined) {
      return { kind: "removed", reason: "the database file was removed" };
    }
    if (there !== this.#identity) {
      const reason = "another file has the place of the database: it is used from the next start on";
      return { kind: "replaced", reason };
    }
    const wal = fileIdentity(`${this.#path}-wal`);
    if (wal === (this.#walIdentity ??= wal)) return undefined;
    return { kind: "removed", reason: "the write-ahead log of the database was removed" };
  }
}

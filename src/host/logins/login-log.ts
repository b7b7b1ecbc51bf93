/**
 * Follows a log of logins in utmp(5) format (btmp or wtmp) over rotation, truncation, absence and restarts. Keeps no
 * descriptor between two reads. A read that finds nothing new costs one call of stat.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  statSync,
} from "node:fs";
import { codeOf } from "../../domain/thrown-error.ts";
import { parseUtmpRecords, type UtmpRecord, utmpRecordSize } from "./utmp.ts";

export interface LoginLogOptions {
  readonly path: string;
  /** Permission bits with which programs refuse to write to the file, or every user could. */
  readonly forbiddenMode: number;
  /** Cursor of an earlier run. Without one, reading begins at the end. */
  readonly cursor?: string | undefined;
  /** Id of the user who must own the file. */
  readonly owner: number;
}

/** unsafe: its owner or mode is wrong, so programs refuse to write to it, or others could. */
export type LoginLogState = "readable" | "missing" | "denied" | "unsafe";

export interface LoginLogRead {
  readonly state: LoginLogState;
  /** New records, oldest first. */
  readonly records: readonly UtmpRecord[];
  /** Number of records left out because there were too many for one read. */
  readonly skipped: number;
  /** Whether records since the last read may be missing in `records`. */
  readonly isIncomplete: boolean;
}

/**
 * Maximum bytes of one read: about 11,000 records, because any local account can have `su` write hundreds of them in a
 * minute.
 */
const MAX_READ_BYTES = 1 << 22;

interface Position {
  /** Device, inode and time of birth, because an inode is soon used again. */
  readonly file: string;
  readonly offset: number;
}

export class LoginLog {
  readonly #options: LoginLogOptions;
  readonly #recordSize = utmpRecordSize(process.arch);
  /**
   * Position of the last read; undefined: the next file is read from its end, or from its beginning if it was missing
   * before.
   */
  #position: Position | undefined;
  #isMissing = false;

  constructor(options: LoginLogOptions) {
    this.#options = options;
    this.#position = parseCursor(options.cursor);
  }

  /** Cursor for the next run; undefined before the first read. */
  get cursor(): string | undefined {
    return this.#position && `${this.#position.file} ${this.#position.offset}`;
  }

  read(): LoginLogRead {
    const { path, forbiddenMode, owner } = this.#options;
    try {
      const stats = statSync(path, { bigint: true });
      if (!stats.isFile()) return nothing("unsafe");
      const read = this.#readFrom(stats);
      const isSafe = Number(stats.uid) === owner && (Number(stats.mode) & forbiddenMode) === 0;
      return isSafe ? read : { ...read, state: "unsafe" };
    } catch (error) {
      if (codeOf(error) !== "ENOENT") return nothing("denied");
      this.#isMissing = true;
      return nothing("missing");
    }
  }

  #readFrom(stats: BigIntStats): LoginLogRead {
    const file = identityOf(stats);
    const size = this.#wholeRecords(Number(stats.size));
    const before = this.#position;
    if (before?.file === file && before.offset === size) return nothing("readable");
    const isRotated = before !== undefined && before.file !== file;
    const rest = isRotated ? this.#readRotated(before) : undefined;
    const isNew = before === undefined ? this.#isMissing : isRotated;
    // A smaller file was truncated, so read it from the beginning.
    const isTruncated = before?.file === file && before.offset > size;
    const from = before?.file === file && !isTruncated ? before.offset : 0;
    const start = before === undefined && !isNew ? size : from;
    this.#isMissing = false;
    // A file that was replaced in the meantime: the next read opens the new one.
    const now = this.#readRecords(this.#options.path, file, start) ?? { ...NO_RECORDS, end: start };
    this.#position = { file, offset: now.end };
    const skipped = (rest?.skipped ?? 0) + now.skipped;
    return {
      state: "readable",
      records: [...(rest?.records ?? []), ...now.records],
      skipped,
      isIncomplete: skipped > 0 || isTruncated || (isRotated && rest === undefined),
    };
  }

  /** Reads the rest of the former file, under the name that logrotate gives it; undefined: it is gone. */
  #readRotated({ file, offset }: Position): Pick<LoginLogRead, "records" | "skipped"> | undefined {
    try {
      return this.#readRecords(`${this.#options.path}.1`, file, offset);
    } catch {
      // The file was deleted or compressed, so its last records are lost.
      return undefined;
    }
  }

  /** Returns undefined if another file has that name. */
  #readRecords(
    path: string,
    file: string,
    from: number,
  ): (Pick<LoginLogRead, "records" | "skipped"> & { end: number }) | undefined {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(descriptor, { bigint: true });
      if (identityOf(stats) !== file) return undefined;
      const size = this.#wholeRecords(Number(stats.size));
      const start = Math.max(from, size - this.#wholeRecords(MAX_READ_BYTES));
      const bytes = Buffer.alloc(Math.max(0, size - start));
      const length = readSync(descriptor, bytes, 0, bytes.length, start);
      return {
        records: parseUtmpRecords(bytes.subarray(0, length), process.arch),
        skipped: Math.max(0, start - from) / this.#recordSize,
        end: start + this.#wholeRecords(length),
      };
    } finally {
      closeSync(descriptor);
    }
  }

  /** Returns the bytes without a record that is still being written. */
  #wholeRecords(bytes: number): number {
    return bytes - (bytes % this.#recordSize);
  }
}

const NO_RECORDS = { records: [], skipped: 0 } as const;

function nothing(state: LoginLogState): LoginLogRead {
  return { state, ...NO_RECORDS, isIncomplete: false };
}

function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${birthtimeNs}`;
}

function parseCursor(text: string | undefined): Position | undefined {
  const [, file, offset] = /^(\d+ \d+ \d+) (\d+)$/.exec(text ?? "") ?? [];
  return file === undefined ? undefined : { file, offset: Number(offset) };
}

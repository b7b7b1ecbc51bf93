/**
 * Reads one open log file, and keeps the position in it. Owns the descriptor, so it keeps reading whatever happens to
 * the path: moved, compressed, deleted. Buffers no text: an incomplete line or record stays in the file and is read
 * again when it grows. Reads synchronously: log files are in the page cache, and the thread pool costs more than the read. One call
 * reads at most one buffer, and searches at most SEARCH_BYTES for the end of a long line or a hole.
 */
import { MAX_JSON_LINE_BYTES, MAX_LINE_BYTES } from "../../domain/line-batch.ts";
import type { OpenRow } from "../../domain/line-source.ts";
import { closeSync, fstatSync, readSync } from "node:fs";
import {
  MAX_FINGERPRINT_BYTES,
  type FileCursor,
  type FileIdentity,
  type Fingerprint,
  fingerprintOf,
  identify,
  readHead,
  MAX_TAIL_BYTES,
} from "./file-cursor.ts";
import { type LineEnding, skipNuls, type TakenLines } from "../take-lines.ts";
import { isInsideLine } from "./inside-line.ts";
import { openRegular } from "./open-regular.ts";
import { type RowMemory, type TakeOptions, takeNext, takeRest } from "../take-records.ts";
import { ROW_BEGINS, ROW_UNKNOWN, type RowState } from "../step-row.ts";
import { rowsFrom } from "../take-rows.ts";
import { rowStateAt } from "./rows-before.ts";

/** How lines are taken from a file, which itself knows where its rows of CSV begin. */
export type FileTakeOptions = Omit<TakeOptions, "rows">;

/** Maximum number of bytes that one call searches: about 1 ms, so that other work runs in between. */
const SEARCH_BYTES = 1_048_576;
/** What was searched is passed as a cut line once it has this length, so that a restart does not search it again. */
const MAX_SEARCHED_BYTES = 67_108_864;

export class LogFile {
  readonly path: string;
  readonly identity: FileIdentity;
  readonly #fd: number;
  #isClosed = false;
  #content = {};
  #offset = 0;
  #takenFrom = 0;
  /** No newline exists between the offset and this position, so an incomplete line is not searched twice. */
  #searched = 0;
  #isSearching = false;
  /** Whether the offset is inside a line, whose rest is skipped. */
  #isInLine = false;
  /** The first bytes of the file, read or not: a log only grows, so they stay the same. */
  #head: Buffer = Buffer.alloc(0);
  #fingerprint: Fingerprint | undefined;
  /**
   * The bytes before the offset, as they were read: they detect a rewritten file and locate the last line read in it.
   */
  #tail: Buffer = Buffer.alloc(0);
  /** What is known of rows of CSV at the offset; undefined: not looked up. */
  #rows: RowMemory | undefined;
  /** The file of which this one is the continuation, until its rows are needed. */
  #predecessor: LogFile | undefined;

  /** Throws as `openRegular`. */
  constructor(path: string) {
    this.#fd = openRegular(path);
    this.path = path;
    const { device, inode } = identify(this.#fd);
    this.identity = { device, inode };
  }

  get offset(): number {
    return this.#offset;
  }

  /** Identifies the text that is being read; another object after each jump in the file. */
  get content(): object {
    return this.#content;
  }

  /** Position of the lines that were returned last. */
  get takenFrom(): number {
    return this.#takenFrom;
  }

  /** The row of CSV at the offset that waits for its end, as of the last call of `next`. */
  get openRow(): OpenRow | undefined {
    return this.#rows?.last.open;
  }

  /** Whether the last call of `next` stopped before the end of the file: call it again after other work. */
  get isSearching(): boolean {
    return this.#isSearching;
  }

  get size(): number {
    return identify(this.#fd).size;
  }

  /** A path to the open file itself, wherever it was moved to. */
  get handle(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  cursor(): FileCursor {
    this.#fingerprint ??= fingerprintOf(this.#head);
    const tail = this.#tail.toString("latin1");
    const at = Math.floor(fstatSync(this.#fd).mtimeMs);
    return { ...this.identity, offset: this.#offset, fingerprint: this.#fingerprint, tail, at };
  }

  get tail(): Buffer {
    return this.#tail;
  }

  get head(): Buffer {
    return this.#head;
  }

  /** Whether the file still has a path. */
  get isLinked(): boolean {
    return fstatSync(this.#fd).nlink > 0;
  }

  /** Reads at most `length` bytes from `position`, into a buffer to use again; none once the file is closed. */
  read(position: number, length: number, into: Buffer = Buffer.allocUnsafe(length)): Buffer {
    if (this.#isClosed) return Buffer.alloc(0);
    return into.subarray(0, readSync(this.#fd, into, 0, length, position));
  }

  /** Moves to an offset. Inside a line, reading resumes after it. */
  seek(offset: number): void {
    this.#offset = offset;
    this.#searched = offset;
    this.#isSearching = false;
    this.#content = {};
    this.#rows = this.#rowsAfterJump();
    this.#keepTail();
    this.#setHead(readHead(this.#fd, MAX_FINGERPRINT_BYTES));
  }

  /** Continues, at its beginning, rows in a container's streams that are open at the end of another file. */
  continueRows(before: LogFile): void {
    this.#predecessor = before;
  }

  /** Moves to the first line that starts within the last `bytes`, or to the beginning of a shorter file. */
  seekBack(bytes: number): void {
    this.seek(Math.max(0, this.size - bytes));
  }

  /** Returns whether the file begins with the bytes of the fingerprint. */
  beginsWith(fingerprint: Fingerprint): boolean {
    const head = readHead(this.#fd, fingerprint.length);
    return head.length === fingerprint.length && fingerprintOf(head).hash === fingerprint.hash;
  }

  /** Returns whether the bytes before `offset` equal `tail`. */
  endsAt(offset: number, tail: Buffer): boolean {
    return offset >= tail.length && this.read(offset - tail.length, tail.length).equals(tail);
  }

  /** Returns whether the old content is gone: the file was emptied in place, and perhaps written again. */
  wasReplaced(): boolean {
    if (this.size < this.#offset) return true;
    const head = readHead(this.#fd, MAX_FINGERPRINT_BYTES);
    if (!head.subarray(0, this.#head.length).equals(this.#head)) return true;
    if (!this.endsAt(this.#offset, this.#tail)) return true;
    if (head.length > this.#head.length) this.#setHead(head);
    return false;
  }

  /**
   * Returns the next complete lines or records, at most one buffer of them; undefined when there are none yet, or while
   * `isSearching`.
   */
  next(buffer: Buffer, how: FileTakeOptions = {}): TakenLines | undefined {
    this.#isSearching = false;
    if (this.#isInLine) {
      const newline = this.#search(buffer, findNewline);
      if (newline < 0) return this.#passSearched(buffer, how);
      this.#advance(newline + 1 - this.#offset);
    }
    const end = readSync(this.#fd, buffer, 0, buffer.length, this.#offset);
    if (end === 0 || buffer[0] !== 0) return this.#take(buffer, end, how);
    // NULs up to the end may be the hole before a line that is being written.
    const text = this.#search(buffer, findText);
    if (text < 0) return this.#passSearched(buffer, how);
    this.#advance(text - this.#offset);
    return this.#take(buffer, readSync(this.#fd, buffer, 0, buffer.length, this.#offset), how);
  }

  /** Returns the incomplete last line or record, which will not be completed. */
  last(buffer: Buffer, ending: LineEnding, how: FileTakeOptions = {}): TakenLines | undefined {
    const length = this.size - this.#offset;
    const end = readSync(this.#fd, buffer, 0, buffer.length, this.#offset);
    if (end === 0 || this.#isInLine) return undefined;
    const rows = this.#rowsFor(how);
    this.#advance(length);
    return takeRest(buffer, end, { length, ending }, { ...how, rows });
  }

  close(): void {
    this.#isClosed = true;
    closeSync(this.#fd);
  }

  #take(buffer: Buffer, end: number, how: FileTakeOptions): TakenLines | undefined {
    const taken = takeNext(buffer, end, { ...how, rows: this.#rowsFor(how) });
    if (taken === undefined) return end > MAX_LINE_BYTES ? this.#takeLong(buffer, how) : undefined;
    this.#advance(taken.bytes);
    return taken;
  }

  #takeLong(buffer: Buffer, how: FileTakeOptions): TakenLines | undefined {
    const newline = this.#search(buffer, findNewline);
    const isWhole = newline >= 0;
    const length = (isWhole ? newline : this.#searched) - this.#offset;
    if (!isWhole && length < MAX_SEARCHED_BYTES) return undefined;
    const line = this.read(this.#offset, Math.min(length, MAX_JSON_LINE_BYTES + 1));
    const rows = this.#rowsFor(how);
    this.#advance(isWhole ? length + 1 : length);
    return takeRest(line, line.length, { length, ending: "complete" }, { ...how, rows });
  }

  /** Passes what was searched, once it is very long, as a cut line without text. */
  #passSearched(buffer: Buffer, how: FileTakeOptions): TakenLines | undefined {
    const length = this.#searched - this.#offset;
    if (length < MAX_SEARCHED_BYTES) return undefined;
    const rows = this.#rowsFor(how);
    this.#advance(length);
    return takeRest(buffer, 0, { length, ending: "missing" }, { ...how, rows });
  }

  #rowsFor({ start }: FileTakeOptions): RowMemory {
    if (this.#rows !== undefined) return this.#rows;
    const before = this.#offset > 0 ? undefined : this.#predecessor;
    this.#predecessor = undefined;
    const state =
      (before === undefined ? undefined : continuedRows(before.#rows)) ??
      rowStateAt(this, this.#offset, start);
    return (this.#rows = { last: rowsFrom(state) });
  }

  /** A file that was emptied in the middle of a row may begin with the rest of it. */
  #rowsAfterJump(): RowMemory | undefined {
    if (this.#offset > 0) return undefined;
    const state = this.#rows?.last.open === undefined ? continuedRows(this.#rows) : ROW_UNKNOWN;
    return state && { last: rowsFrom(state) };
  }

  /** Returns the position of what is sought behind `#searched`; -1: it was not found, up to the end or SEARCH_BYTES. */
  #search(buffer: Buffer, find: (bytes: Buffer) => number): number {
    // The file was shortened, so other text is where it was searched.
    if (this.size < this.#searched) this.#searched = this.#offset;
    for (const until = this.#searched + SEARCH_BYTES; this.#searched < until; ) {
      const end = readSync(this.#fd, buffer, 0, buffer.length, this.#searched);
      if (end === 0) return -1;
      const found = find(buffer.subarray(0, end));
      if (found >= 0) return this.#searched + found;
      this.#searched += end;
    }
    this.#isSearching = true;
    return -1;
  }

  #advance(bytes: number): void {
    this.#takenFrom = this.#offset;
    this.#offset += bytes;
    this.#searched = this.#offset;
    this.#keepTail();
    if (this.#head.length < MAX_FINGERPRINT_BYTES) {
      this.#setHead(readHead(this.#fd, MAX_FINGERPRINT_BYTES));
    }
  }

  #keepTail(): void {
    const from = Math.max(0, this.#offset - MAX_TAIL_BYTES);
    this.#tail = this.read(from, this.#offset - from);
    this.#isInLine = isInsideLine(this.#tail);
  }

  #setHead(head: Buffer): void {
    this.#head = head;
    this.#fingerprint = undefined;
  }
}

/** Returns what is known at the beginning of a file, to which a runtime continues to write its streams. */
function continuedRows(before: RowMemory | undefined): RowState | undefined {
  const streams = before?.last.end.streams;
  return streams && { ...ROW_BEGINS, streams };
}

function findNewline(bytes: Buffer): number {
  return bytes.indexOf(10);
}

function findText(bytes: Buffer): number {
  const found = skipNuls(bytes, 0, bytes.length);
  return found === bytes.length ? -1 : found;
}

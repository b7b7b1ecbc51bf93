/**
 * Reads one open log file, and keeps the position in it. Owns the descriptor, so it keeps reading whatever happens to
 * the path: moved, compressed, deleted. Buffers no text: an incomplete line or record stays in the file and is read
 * again when it grows. Reads synchronously: log files are in the page cache, and the thread pool costs more than the read. One call
 * reads at most one buffer.
 */
import { MAX_LINE_BYTES } from "../../domain/line-batch.ts";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
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
import { type RowMemory, type TakeOptions, takeNext, takeRest } from "../take-records.ts";
import { ROW_UNKNOWN, type RowState } from "../take-rows.ts";
import { rowStateAt } from "./rows-before.ts";

/** How lines are taken from a file, which itself knows where its rows of CSV begin. */
export type FileTakeOptions = Omit<TakeOptions, "rows">;

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
  /** The first bytes of the file, read or not: a log only grows, so they stay the same. */
  #head: Buffer = Buffer.alloc(0);
  #fingerprint: Fingerprint | undefined;
  /**
   * The bytes before the offset, as they were read: they detect a rewritten file and locate the last line read in it.
   */
  #tail: Buffer = Buffer.alloc(0);
  /** What is known of rows of CSV at the offset; undefined: not looked up. */
  #rows: RowMemory | undefined;

  /** Throws the system's error when the file cannot be opened. Never blocks on a pipe. */
  constructor(path: string) {
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
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
    return { ...this.identity, offset: this.#offset, fingerprint: this.#fingerprint, tail, at: 0 };
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

  /** Reads at most `length` bytes from `position`, independent of the offset; none once the file is closed. */
  read(position: number, length: number): Buffer {
    if (this.#isClosed) return Buffer.alloc(0);
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, length, position));
  }

  seek(offset: number): void {
    this.#offset = offset;
    this.#searched = offset;
    this.#content = {};
    this.#rows = this.#rowsAfterJump();
    this.#keepTail();
    this.#setHead(readHead(this.#fd, MAX_FINGERPRINT_BYTES));
  }

  /** Moves to the first line that starts within the last `bytes`, or to the beginning of a shorter file. */
  seekBack(bytes: number): void {
    const from = this.size - bytes;
    // One byte earlier, so that a line that starts exactly there is found by the newline before it.
    const newline = from <= 0 ? -1 : this.#findNewline(Buffer.allocUnsafe(65_536), from - 1);
    this.seek(from <= 0 ? 0 : newline < 0 ? this.size : newline + 1);
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

  /** Returns the next complete lines or records, at most one buffer of them; undefined when there are none yet. */
  next(buffer: Buffer, how: FileTakeOptions = {}): TakenLines | undefined {
    for (;;) {
      const end = readSync(this.#fd, buffer, 0, buffer.length, this.#offset);
      const nuls = buffer[0] === 0 ? skipNuls(buffer, 0, end) : 0;
      // NULs up to the end may be the hole before a line that is being written.
      if (nuls === end && end < buffer.length) return undefined;
      if (nuls === 0) return this.#take(buffer, end, how);
      this.#advance(nuls);
    }
  }

  /** Returns the incomplete last line or record, which will not be completed. */
  last(buffer: Buffer, ending: LineEnding, how: FileTakeOptions = {}): TakenLines | undefined {
    const length = this.size - this.#offset;
    const end = readSync(this.#fd, buffer, 0, buffer.length, this.#offset);
    if (end === 0) return undefined;
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
    const newline = this.#findNewline(buffer, this.#searched);
    if (newline < 0) return undefined;
    const length = newline - this.#offset;
    const end = readSync(this.#fd, buffer, 0, Math.min(buffer.length, length), this.#offset);
    const rows = this.#rowsFor(how);
    this.#advance(length + 1);
    return takeRest(buffer, end, { length, ending: "complete" }, { ...how, rows });
  }

  #rowsFor({ start }: FileTakeOptions): RowMemory {
    const state = (): RowState => rowStateAt(this, this.#offset, start);
    return (this.#rows ??= { last: { state: state(), isOpen: false } });
  }

  /** A file that was emptied in the middle of a row may begin with the rest of it. */
  #rowsAfterJump(): RowMemory | undefined {
    if (this.#offset > 0 || this.#rows?.last.isOpen !== true) return undefined;
    return { last: { state: ROW_UNKNOWN, isOpen: false } };
  }

  /**
   * Returns the position of the first newline at or after `from`, or -1; then `#searched` is where the search ended.
   */
  #findNewline(buffer: Buffer, from: number): number {
    for (let position = from; ; ) {
      const end = readSync(this.#fd, buffer, 0, buffer.length, position);
      const found = buffer.subarray(0, end).indexOf(10);
      if (found >= 0) return position + found;
      position += end;
      this.#searched = position;
      if (end === 0) return -1;
    }
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
  }

  #setHead(head: Buffer): void {
    this.#head = head;
    this.#fingerprint = undefined;
  }
}

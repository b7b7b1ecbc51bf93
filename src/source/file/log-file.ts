/**
 * One open log file and the position in it. Owns the descriptor, so it goes on reading whatever happens to the name:
 * moved, compressed, deleted. Holds no text: a line without end stays in the file and is read again when it grows.
 * Reads are synchronous on purpose: log files sit in the page cache, and a trip through the thread pool costs more than
 * the read; one call reads at most one buffer.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import {
  FINGERPRINT_BOUND,
  type FileCursor,
  type FileIdentity,
  type Fingerprint,
  fingerprintOf,
  identify,
  readHead,
  TAIL_BOUND,
} from "./file-cursor.ts";
import {
  decodeLine,
  LINE_BOUND,
  type LineEnding,
  skipNuls,
  type TakenLines,
  takeLines,
} from "../take-lines.ts";

export class LogFile {
  readonly path: string;
  readonly identity: FileIdentity;
  readonly #fd: number;
  #isClosed = false;
  #offset = 0;
  #takenFrom = 0;
  /** Known to hold no newline from the offset to here: a line without end is not searched again. */
  #searched = 0;
  /** The first bytes as they were seen, read or not: a log only grows, so they stay while the file does. */
  #head: Buffer = Buffer.alloc(0);
  #fingerprint: Fingerprint | undefined;
  /** The bytes before the offset, as they were read: they reveal a rewritten file and locate the last line read in it. */
  #tail: Buffer = Buffer.alloc(0);

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

  /** Where the lines begin that were handed out last. */
  get takenFrom(): number {
    return this.#takenFrom;
  }

  get size(): number {
    return identify(this.#fd).size;
  }

  /** A name of the open file itself, wherever it was moved to. */
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

  /** Whether the file is still somewhere under a name. */
  get isLinked(): boolean {
    return fstatSync(this.#fd).nlink > 0;
  }

  /** At most `length` bytes from `position` on, wherever reading is; none once it is closed. */
  read(position: number, length: number): Buffer {
    if (this.#isClosed) return Buffer.alloc(0);
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, length, position));
  }

  seek(offset: number): void {
    this.#offset = offset;
    this.#searched = offset;
    this.#keepTail();
    this.#setHead(readHead(this.#fd, FINGERPRINT_BOUND));
  }

  /** To the first line that starts within the last `bytes`, or to the beginning of a shorter file. */
  seekBack(bytes: number): void {
    const from = this.size - bytes;
    // One byte earlier, so that a line starting exactly there is found by the newline before it.
    const newline = from <= 0 ? -1 : this.#findNewline(Buffer.allocUnsafe(65_536), from - 1);
    this.seek(from <= 0 ? 0 : newline < 0 ? this.size : newline + 1);
  }

  /** Whether the file begins with what the fingerprint covers. */
  beginsWith(fingerprint: Fingerprint): boolean {
    const head = readHead(this.#fd, fingerprint.length);
    return head.length === fingerprint.length && fingerprintOf(head).hash === fingerprint.hash;
  }

  /** Whether the bytes before `offset` are these. */
  endsAt(offset: number, tail: Buffer): boolean {
    return offset >= tail.length && this.read(offset - tail.length, tail.length).equals(tail);
  }

  /** Whether what was in it is no longer there: it was emptied in place, and perhaps written again since. */
  wasReplaced(): boolean {
    if (this.size < this.#offset) return true;
    const head = readHead(this.#fd, FINGERPRINT_BOUND);
    if (!head.subarray(0, this.#head.length).equals(this.#head)) return true;
    if (!this.endsAt(this.#offset, this.#tail)) return true;
    if (head.length > this.#head.length) this.#setHead(head);
    return false;
  }

  /** The complete lines that follow, at most one buffer of them; undefined when there are none yet. */
  next(buffer: Buffer): TakenLines | undefined {
    for (;;) {
      const end = readSync(this.#fd, buffer, 0, buffer.length, this.#offset);
      const nuls = buffer[0] === 0 ? skipNuls(buffer, 0, end) : 0;
      // NULs up to the end may be the hole before a line that is being written.
      if (nuls === end && end < buffer.length) return undefined;
      if (nuls === 0) return this.#take(buffer, end);
      this.#advance(nuls);
    }
  }

  /** The line that has no end and will get none. */
  last(buffer: Buffer, ending: LineEnding): TakenLines | undefined {
    const length = this.size - this.#offset;
    const end = readSync(this.#fd, buffer, 0, buffer.length, this.#offset);
    if (end === 0) return undefined;
    this.#advance(length);
    return oneLine(buffer, { end, length, ending });
  }

  close(): void {
    this.#isClosed = true;
    closeSync(this.#fd);
  }

  #take(buffer: Buffer, end: number): TakenLines | undefined {
    const taken = takeLines(buffer, end);
    if (taken === undefined) return end > LINE_BOUND ? this.#takeLong(buffer) : undefined;
    this.#advance(taken.bytes);
    return taken;
  }

  #takeLong(buffer: Buffer): TakenLines | undefined {
    const newline = this.#findNewline(buffer, this.#searched);
    if (newline < 0) return undefined;
    const length = newline - this.#offset;
    const end = readSync(this.#fd, buffer, 0, Math.min(buffer.length, length), this.#offset);
    this.#advance(length + 1);
    return oneLine(buffer, { end, length, ending: "complete" });
  }

  /** Position of the first newline at or after `from`, or -1; then `#searched` is where the search ended. */
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
    if (this.#head.length < FINGERPRINT_BOUND) {
      this.#setHead(readHead(this.#fd, FINGERPRINT_BOUND));
    }
  }

  #keepTail(): void {
    const from = Math.max(0, this.#offset - TAIL_BOUND);
    this.#tail = this.read(from, this.#offset - from);
  }

  #setHead(head: Buffer): void {
    this.#head = head;
    this.#fingerprint = undefined;
  }
}

/** One line of `length` bytes of which the buffer holds the first `end`. */
function oneLine(
  buffer: Buffer,
  {
    end,
    length,
    ending,
  }: { readonly end: number; readonly length: number; readonly ending: LineEnding },
): TakenLines {
  const cut = length > LINE_BOUND || ending === "missing";
  return {
    text: decodeLine(buffer, 0, end, ending),
    bytes: length,
    cutLines: cut ? 1 : 0,
    longestCut: cut ? length : 0,
  };
}

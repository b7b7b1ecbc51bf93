/**
 * Parses entries of the journal export format (systemd.io/JOURNAL_EXPORT_FORMATS). Fields are "NAME=value\n" or, if the
 * value contains control characters, "NAME\n", its length as 64-bit little-endian, the bytes, "\n". An empty line ends
 * an entry. Follows lengths exactly: a value that looks like more fields stays a value. Keeps the beginning of an
 * incomplete field, up to the maximum line length.
 */
import { MAX_LINE_BYTES, maxLineBytes } from "../../domain/line-batch.ts";

export interface JournalEntry {
  /**
   * Values decoded as UTF-8; of a repeated field the last one. A value of more than `MAX_LINE_BYTES` is left out,
   * because its beginning may differ in meaning from the whole; of MESSAGE the beginning is kept, as of a line.
   */
  readonly fields: ReadonlyMap<string, string>;
  /** Length in bytes of a MESSAGE that was cut; 0 otherwise. */
  readonly cutBytes: number;
}

export class JournalExportParser {
  // Bytes as Latin-1: one character per byte, so offsets and lengths count bytes, and searches are native.
  #rest = "";
  #fields = new Map<string, string>();
  #cutBytes = 0;
  #entries: JournalEntry[] = [];
  /** Number of bytes of a cut value that are still to come and are dropped. Infinity: up to the next newline. */
  #bytesToDrop = 0;

  /** Returns the entries that are complete now. */
  push(chunk: Buffer): readonly JournalEntry[] {
    this.#entries = [];
    const text = this.#rest + chunk.toString("latin1");
    this.#rest = text.slice(this.#readFields(text));
    return this.#entries;
  }

  /** Reads complete fields, and returns the position after the last one. */
  #readFields(text: string): number {
    let at = this.#bytesToDrop > 0 ? this.#drop(text) : 0;
    for (;;) {
      const next = this.#readField(text, at);
      if (next < 0) return at;
      at = next;
    }
  }

  /** Reads the field at `at`. Returns the position after it, or -1 if it is incomplete. */
  #readField(text: string, at: number): number {
    const newline = text.indexOf("\n", at);
    if (newline < 0)
      return text.length - at > 2 * maxOfTextField(text, at) ? this.#cutTextField(text, at) : -1;
    if (newline === at) {
      this.#entries.push({ fields: this.#fields, cutBytes: this.#cutBytes });
      this.#fields = new Map();
      this.#cutBytes = 0;
      return at + 1;
    }
    const equals = text.indexOf("=", at);
    if (equals >= 0 && equals < newline) {
      const value = text.slice(equals + 1, newline);
      this.#setField(text.slice(at, equals), value, value.length);
      return newline + 1;
    }
    return this.#readBinaryField(text, at, newline);
  }

  #readBinaryField(text: string, at: number, newline: number): number {
    const start = newline + 9;
    if (text.length < start) return -1;
    const length = lengthAt(text, newline + 1);
    if (length > 0 && text.length === start) return -1;
    const most = maxOf(text.slice(at, newline), text.charAt(start));
    const kept = Math.min(length, most);
    if (text.length < start + kept) return -1;
    const end = start + length + 1;
    if (length <= most && text.length < end) return -1;
    this.#setField(text.slice(at, newline), text.slice(start, start + kept), length);
    if (text.length >= end) return end;
    this.#bytesToDrop = end - text.length;
    return text.length;
  }

  /** Sets the beginning of a text field that exceeds the maximum length and whose end has not arrived. */
  #cutTextField(text: string, at: number): number {
    const equals = text.indexOf("=", at);
    if (equals >= 0)
      this.#setField(text.slice(at, equals), text.slice(equals + 1), text.length - equals);
    this.#bytesToDrop = Infinity;
    return text.length;
  }

  #drop(text: string): number {
    if (this.#bytesToDrop === Infinity) {
      const newline = text.indexOf("\n");
      if (newline < 0) return text.length;
      this.#bytesToDrop = 0;
      return newline + 1;
    }
    const dropped = Math.min(this.#bytesToDrop, text.length);
    this.#bytesToDrop -= dropped;
    return dropped;
  }

  #setField(name: string, value: string, bytes: number): void {
    const most = maxOf(name, value);
    if (name === MESSAGE) this.#cutBytes = bytes > most ? bytes : 0;
    else if (bytes > most) {
      // Only the last of repeated fields counts, so an earlier value must not remain.
      this.#fields.delete(name);
      return;
    }
    this.#fields.set(name, decode(value.length > most ? value.slice(0, most) : value));
  }
}

const MESSAGE = "MESSAGE";

/** Returns the maximum length in bytes of a value that begins so. */
function maxOf(name: string, opening: string): number {
  return name === MESSAGE ? maxLineBytes(opening) : MAX_LINE_BYTES;
}

/** Returns the maximum length of the value of the text field at `at`. */
function maxOfTextField(text: string, at: number): number {
  return text.startsWith(`${MESSAGE}={`, at) ? maxLineBytes("{") : MAX_LINE_BYTES;
}

function lengthAt(text: string, at: number): number {
  let length = 0;
  for (let i = 7; i >= 0; i--) length = length * 256 + text.charCodeAt(at + i);
  return length;
}

function decode(latin1: string): string {
  return /[\x80-\xff]/.test(latin1) ? Buffer.from(latin1, "latin1").toString("utf8") : latin1;
}

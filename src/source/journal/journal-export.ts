/**
 * The journal export format (systemd.io/JOURNAL_EXPORT_FORMATS) -> entries. Fields are "NAME=value\n", or, when the
 * value holds control characters, "NAME\n", its length as 64-bit little endian, the bytes, "\n". An empty line ends an
 * entry. Lengths are obeyed exactly: a value that looks like more fields stays a value.
 * Owns the beginning of the field that is not complete yet: at most one bound, whatever the sender put into it.
 */
import { LINE_BOUND } from "../take-lines.ts";

export interface JournalEntry {
  /**
   * Values decoded as UTF-8; of a repeated field the last one. A value of more than `LINE_BOUND` bytes is left out, since
   * its beginning may say something else than the whole; of MESSAGE the beginning is kept.
   */
  readonly fields: ReadonlyMap<string, string>;
  /** Bytes of a MESSAGE that was cut; 0 when it was not. */
  readonly cutBytes: number;
}

export interface JournalExportParser {
  /** The entries that are complete now. */
  push(chunk: Buffer): readonly JournalEntry[];
}

export function createJournalExportParser(): JournalExportParser {
  // Bytes as Latin-1: one character a byte, so positions and lengths are those of the bytes, and searches are native.
  let rest = "";
  let fields = new Map<string, string>();
  let cutBytes = 0;
  let entries: JournalEntry[] = [];
  /** Bytes of a cut value still to come, to be dropped. Infinity: up to the next newline. */
  let dropping = 0;

  function push(chunk: Buffer): readonly JournalEntry[] {
    entries = [];
    const text = rest + chunk.toString("latin1");
    const used = readFields(text);
    rest = text.slice(used);
    return entries;
  }

  function readFields(text: string): number {
    let at = dropping > 0 ? drop(text) : 0;
    for (;;) {
      const next = readField(text, at);
      if (next < 0) return at;
      at = next;
    }
  }

  /** The position after the field at `at`, or -1 when it is not complete. */
  function readField(text: string, at: number): number {
    const newline = text.indexOf("\n", at);
    if (newline < 0) return text.length - at > 2 * LINE_BOUND ? cutTextField(text, at) : -1;
    if (newline === at) {
      entries.push({ fields, cutBytes });
      fields = new Map();
      cutBytes = 0;
      return at + 1;
    }
    const equals = text.indexOf("=", at);
    if (equals >= 0 && equals < newline) {
      setField(text.slice(at, equals), text.slice(equals + 1, newline), newline - equals - 1);
      return newline + 1;
    }
    return readBinaryField(text, at, newline);
  }

  function readBinaryField(text: string, at: number, newline: number): number {
    const start = newline + 9;
    if (text.length < start) return -1;
    const length = lengthAt(text, newline + 1);
    const kept = Math.min(length, LINE_BOUND);
    if (text.length < start + kept) return -1;
    const end = start + length + 1;
    if (length > LINE_BOUND || text.length >= end) {
      setField(text.slice(at, newline), text.slice(start, start + kept), length);
      if (text.length >= end) return end;
      dropping = end - text.length;
      return text.length;
    }
    return -1;
  }

  /** A text value beyond the bound whose end has not come. */
  function cutTextField(text: string, at: number): number {
    const equals = text.indexOf("=", at);
    if (equals >= 0) setField(text.slice(at, equals), text.slice(equals + 1), text.length - equals);
    dropping = Infinity;
    return text.length;
  }

  function drop(text: string): number {
    if (dropping === Infinity) {
      const newline = text.indexOf("\n");
      if (newline < 0) return text.length;
      dropping = 0;
      return newline + 1;
    }
    const dropped = Math.min(dropping, text.length);
    dropping -= dropped;
    return dropped;
  }

  function setField(name: string, value: string, bytes: number): void {
    if (name === "MESSAGE") cutBytes = bytes > LINE_BOUND ? bytes : 0;
    else if (bytes > LINE_BOUND) {
      // A field of that name that came before is not the last one.
      fields.delete(name);
      return;
    }
    fields.set(name, decode(value.length > LINE_BOUND ? value.slice(0, LINE_BOUND) : value));
  }

  return { push };
}

function lengthAt(text: string, at: number): number {
  let length = 0;
  for (let i = 7; i >= 0; i--) length = length * 256 + text.charCodeAt(at + i);
  return length;
}

function decode(latin1: string): string {
  return /[\x80-\xff]/.test(latin1) ? Buffer.from(latin1, "latin1").toString("utf8") : latin1;
}

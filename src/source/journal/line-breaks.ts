/**
 * Joins lines of the journal that come in several entries. What a service writes to its standard output is one entry a
 * line, but a line beyond `LineMax=` continues in the next entry of that stream (`_LINE_BREAK=` of
 * systemd.journal-fields(7)); a container runtime splits at 8 or 16 KiB (`CONTAINER_PARTIAL_MESSAGE=`). A line that fits
 * into the bound is handed out with its last piece. Of a longer one the beginning is handed out, as cut, and its rest is
 * nobody's: such an entry begins wherever the writer's client wanted it to. Remembers MAX_STREAMS streams, and at most
 * MAX_HELD_BYTES of their lines.
 */
import { MAX_LINE_BYTES } from "../take-lines.ts";
import type { JournalEntry } from "./journal-export.ts";

/** Fields that show that a line continues, and where. */
export const BREAK_FIELDS: readonly string[] = [
  "_LINE_BREAK",
  "_STREAM_ID",
  "PRIORITY",
  "CONTAINER_ID_FULL",
  "CONTAINER_ID",
  "CONTAINER_NAME",
  "CONTAINER_PARTIAL_MESSAGE",
  "CONTAINER_PARTIAL_LAST",
  "CONTAINER_PARTIAL_ORDINAL",
];

const MAX_STREAMS = 1024;
const MAX_HELD_BYTES = 65_536;
/** How long the pieces of a line wait for the next one. */
const MAX_HELD_FOR = 60_000_000n;
/** How long the rest of a line may arrive under another priority than its beginning. */
const MAX_PRIORITY_DOUBT = 10_000_000n;
/** moby/daemon/logger/copier.go: a line is split where it fills a buffer, and ends without an end where its stream does. */
const DOCKER_BUFFER_BYTES = 16_384;

/** A stream whose line is not complete. */
export interface OpenLine {
  /** As hexadecimal digits. */
  readonly stream: string;
  /** Its pieces so far; undefined: they were handed out as a cut line, or are not known. */
  readonly text: string | undefined;
}

export interface EntryLine {
  readonly text: string;
  readonly isCut: boolean;
}

interface Waiting {
  /** Time of its last piece, in microseconds; of a restored stream, of the first entry. */
  at: bigint | undefined;
  text: string | undefined;
}

export class LineBreaks {
  /** By stream. */
  readonly #open: Map<string, Waiting>;
  #listed: readonly OpenLine[];

  /** `before`: the list where reading stopped. */
  constructor(before: readonly OpenLine[]) {
    this.#open = new Map(before.map(({ stream, text }) => [stream, { at: undefined, text }]));
    this.#listed = before;
  }

  /** Returns the line that this entry completes, if any. Takes every entry once, in order. */
  take(entry: JournalEntry, message: string): EntryLine | undefined {
    const { fields } = entry;
    if (this.#open.size > 0) this.#forgetOld(timeOf(fields));
    const container = containerOf(fields);
    if (container !== undefined) return this.#takePiece(entry, message, container);
    const stream = fields.get("_STREAM_ID");
    const isBroken = fields.get("_LINE_BREAK") === "line-max";
    const isRest = stream !== undefined && this.#open.has(stream);
    // A line beyond journald's bound is beyond ours as well.
    if (stream !== undefined)
      this.#set(stream, isBroken ? { at: timeOf(fields), text: undefined } : undefined);
    return isRest ? undefined : { text: message, isCut: isCutEntry(entry) };
  }

  #takePiece(entry: JournalEntry, message: string, container: string): EntryLine | undefined {
    const { fields } = entry;
    const stream = `${container}${streamOf(fields)}`;
    const at = timeOf(fields);
    const waiting = this.#open.get(stream);
    const goesOn = isPartial(fields) && !isLeftBehind(fields, message);
    const isLost = waiting === undefined ? isLaterPiece(fields) : waiting.text === undefined;
    if (isLost) return this.#set(stream, goesOn ? { at, text: undefined } : undefined);
    // Podman's conmon takes the priority from the text ("<3>…"), so the priority does not identify the stream.
    const doubtful =
      waiting === undefined && !isDocker(fields) ? this.#doubt(container, at) : undefined;
    if (doubtful !== undefined) {
      this.#set(stream, goesOn ? { at, text: undefined } : undefined);
      return doubtful.text === undefined ? undefined : { text: doubtful.text, isCut: true };
    }
    const text = `${waiting?.text ?? ""}${message}`;
    const isLong =
      entry.cutBytes > 0 || Buffer.byteLength(text) > MAX_LINE_BYTES - (goesOn ? 1 : 0);
    if (goesOn && !isLong) return this.#set(stream, { at, text });
    this.#set(stream, goesOn ? { at, text: undefined } : undefined);
    return { text: isLong ? beginningOf(text) : text, isCut: isLong || isPartial(fields) };
  }

  /** A line that the entry may be the rest of: its pieces so far, which nothing may be joined to. */
  #doubt(container: string, now: bigint): { readonly text: string | undefined } | undefined {
    for (const [stream, waiting] of this.#open) {
      if (!stream.startsWith(container)) continue;
      waiting.at ??= now;
      if (now - waiting.at >= MAX_PRIORITY_DOUBT) continue;
      const { text } = waiting;
      this.#set(stream, { at: waiting.at, text: undefined });
      return { text };
    }
    return undefined;
  }

  /** A piece that has waited too long is no longer saved with every position. */
  #forgetOld(now: bigint): void {
    for (const [stream, waiting] of this.#open) {
      if (waiting.text === undefined) continue;
      waiting.at ??= now;
      if (now - waiting.at > MAX_HELD_FOR) this.#set(stream, { ...waiting, text: undefined });
    }
  }

  #set(stream: string, waiting: Waiting | undefined): undefined {
    const isKnown = this.#open.delete(stream);
    if (waiting !== undefined) this.#open.set(stream, waiting);
    if (!isKnown && waiting === undefined) return;
    const [oldest] = this.#open.keys();
    if (this.#open.size > MAX_STREAMS && oldest !== undefined) this.#open.delete(oldest);
    let held = 0;
    for (const one of [...this.#open.values()].reverse()) {
      held += one.text === undefined ? 0 : Buffer.byteLength(one.text);
      if (held > MAX_HELD_BYTES) one.text = undefined;
    }
    this.#listed = [...this.#open].map(([name, { text }]) => ({ stream: name, text }));
  }

  /** Streams whose next entry is the rest of a line. */
  list(): readonly OpenLine[] {
    return this.#listed;
  }
}

/** Whether the line of the entry continues in the next one of its stream, according to a container runtime. */
function isPartial(fields: JournalEntry["fields"]): boolean {
  return (
    fields.get("CONTAINER_PARTIAL_MESSAGE") === "true" ||
    fields.get("CONTAINER_PARTIAL_LAST") === "false"
  );
}

/** What a program left without an end when it ended; the next entry is of its next start. */
function isLeftBehind(fields: JournalEntry["fields"], message: string): boolean {
  return isDocker(fields) && Buffer.byteLength(message) < DOCKER_BUFFER_BYTES;
}

/** What the runtime says of the piece itself also helps where its beginning was not read. */
function isLaterPiece(fields: JournalEntry["fields"]): boolean {
  return Number(fields.get("CONTAINER_PARTIAL_ORDINAL") ?? 1) > 1;
}

/** By our bound, journald's or because its writer ended in the middle; a NUL ends a line like a newline. */
function isCutEntry({ fields, cutBytes }: JournalEntry): boolean {
  const lineBreak = fields.get("_LINE_BREAK");
  return cutBytes > 0 || (lineBreak !== undefined && lineBreak !== "nul");
}

/** Returns as many characters as certainly fit into the bound. */
function beginningOf(text: string): string {
  const bytes = Buffer.from(text).subarray(0, MAX_LINE_BYTES);
  return bytes.toString("utf8").replace(/\ufffd$/, "");
}

function isDocker(fields: JournalEntry["fields"]): boolean {
  return fields.get("_COMM") === "dockerd";
}

/** Any account may send these fields, so accounts are kept apart. */
function containerOf(fields: JournalEntry["fields"]): string | undefined {
  const id =
    fields.get("CONTAINER_ID_FULL") ?? fields.get("CONTAINER_ID") ?? fields.get("CONTAINER_NAME");
  const run = isDocker(fields) ? "" : (fields.get("_PID") ?? "");
  return id === undefined ? undefined : hex(`${fields.get("_UID") ?? ""}/${run}/${id}/`);
}

/** Standard output and standard error have different priorities. */
function streamOf(fields: JournalEntry["fields"]): string {
  return hex(fields.get("PRIORITY") ?? "-");
}

function timeOf(fields: JournalEntry["fields"]): bigint {
  const text = fields.get("__REALTIME_TIMESTAMP") ?? "";
  return /^\d{1,17}$/.test(text) ? BigInt(text) : 0n;
}

function hex(text: string): string {
  return Buffer.from(text).toString("hex");
}

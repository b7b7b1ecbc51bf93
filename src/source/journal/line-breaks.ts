/**
 * Joins lines of the journal that come in several entries. What a service writes to its standard output is one entry a
 * line, but a line beyond `LineMax=` continues in the next entry of that stream (`_LINE_BREAK=` of
 * systemd.journal-fields(7)); a container runtime splits at 8 or 16 KiB (`CONTAINER_PARTIAL_MESSAGE=`). A line of at
 * most the maximum length is returned with its last piece. Of a longer one only the beginning is returned, as cut,
 * because a client may have chosen where the rest begins. Remembers MAX_STREAMS streams, and at most MAX_HELD_BYTES of their
 * lines.
 */
import { maxLineBytes } from "../../domain/line-batch.ts";
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
/** Maximum length of a joined line, so that one line does not push out those of other streams. */
const MAX_JOINED_BYTES = MAX_HELD_BYTES / 2;
/** Maximum time that the pieces of a line wait for the next one, in microseconds. */
const MAX_HELD_FOR = 60_000_000n;
/** Maximum time in which the rest of a line may arrive with another priority than its beginning, in microseconds. */
const MAX_PRIORITY_DOUBT = 10_000_000n;
/**
 * Docker splits a line where it fills a buffer of this size, and marks a shorter last piece as partial if the stream
 * ends without a newline (moby/daemon/logger/copier.go).
 */
const DOCKER_BUFFER_BYTES = 16_384;

/** A stream whose line is still incomplete. */
export interface OpenLine {
  /** Identifies the stream, in hexadecimal digits. */
  readonly stream: string;
  /** Its pieces so far; undefined: they were already returned as a cut line, or are not known. */
  readonly text: string | undefined;
}

export interface EntryLine {
  readonly text: string;
  readonly isCut: boolean;
}

interface Waiting {
  /** Time of its last piece, in microseconds; for a restored stream, of the first entry after the restart. */
  at: bigint | undefined;
  text: string | undefined;
}

export class LineBreaks {
  /** Maps each stream to its incomplete line. */
  readonly #open: Map<string, Waiting>;
  #listed: readonly OpenLine[];

  /** `before`: lines that were incomplete where reading stopped. */
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
    // The rest of a line beyond journald's bound is never returned: journald cut it.
    if (stream !== undefined)
      this.#set(stream, isBroken ? { at: timeOf(fields), text: undefined } : undefined);
    return isRest ? undefined : { text: message, isCut: isCutEntry(entry) };
  }

  #takePiece(entry: JournalEntry, message: string, container: string): EntryLine | undefined {
    const { fields } = entry;
    const stream = `${container}${streamOf(fields)}`;
    const at = timeOf(fields);
    const waiting = this.#open.get(stream);
    const isContinued = isPartial(fields) && !isLeftBehind(fields, message);
    const isLost = waiting === undefined ? isLaterPiece(fields) : waiting.text === undefined;
    if (isLost) return this.#set(stream, isContinued ? { at, text: undefined } : undefined);
    // Podman's conmon takes the priority from the text ("<3>…"), so the priority does not identify the stream.
    const doubtful =
      waiting === undefined && !isDocker(fields) ? this.#doubt(container, at) : undefined;
    if (doubtful !== undefined) {
      this.#set(stream, isContinued ? { at, text: undefined } : undefined);
      return doubtful.text === undefined ? undefined : { text: doubtful.text, isCut: true };
    }
    const text = `${waiting?.text ?? ""}${message}`;
    const isLong =
      entry.cutBytes > 0 || Buffer.byteLength(text) > maxJoinedBytes(text) - (isContinued ? 1 : 0);
    if (isContinued && !isLong) return this.#set(stream, { at, text });
    this.#set(stream, isContinued ? { at, text: undefined } : undefined);
    return { text: isLong ? beginningOf(text) : text, isCut: isLong || isPartial(fields) };
  }

  /**
   * Finds an incomplete line of the container that the entry, of another priority, either continues or follows as a new
   * line. Returns that line as cut, so that no client can have its text joined to it.
   */
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

  /** Drops the text of pieces that have waited too long, so that not every saved position contains them. */
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

  /** Returns the streams whose next entry is the rest of a line. */
  list(): readonly OpenLine[] {
    return this.#listed;
  }
}

/** Returns whether an entry is a line of a program's output, of which journald or a container runtime made it. */
export function isOutput({ fields }: JournalEntry): boolean {
  return fields.has("_STREAM_ID") || containerOf(fields) !== undefined;
}

/** Returns whether a container runtime says that the line continues in the next entry of its stream. */
function isPartial(fields: JournalEntry["fields"]): boolean {
  return (
    fields.get("CONTAINER_PARTIAL_MESSAGE") === "true" ||
    fields.get("CONTAINER_PARTIAL_LAST") === "false"
  );
}

/** Returns whether a piece is the end of a program's output without a newline; the next entry is of its next start. */
function isLeftBehind(fields: JournalEntry["fields"], message: string): boolean {
  return isDocker(fields) && Buffer.byteLength(message) < DOCKER_BUFFER_BYTES;
}

/** Returns whether the runtime says that the entry is a later piece, even if the first one was not read. */
function isLaterPiece(fields: JournalEntry["fields"]): boolean {
  return Number(fields.get("CONTAINER_PARTIAL_ORDINAL") ?? 1) > 1;
}

/**
 * Returns whether a line is cut: by its length, by journald, or because its writer ended in the middle. A NUL ends
 * a line like a newline.
 */
function isCutEntry({ fields, cutBytes }: JournalEntry): boolean {
  const lineBreak = fields.get("_LINE_BREAK");
  return cutBytes > 0 || (lineBreak !== undefined && lineBreak !== "nul");
}

function maxJoinedBytes(text: string): number {
  return Math.min(maxLineBytes(text), MAX_JOINED_BYTES);
}

/** Returns as many characters as certainly fit into the bound. */
function beginningOf(text: string): string {
  const bytes = Buffer.from(text).subarray(0, maxJoinedBytes(text));
  return bytes.toString("utf8").replace(/\ufffd$/, "");
}

function isDocker(fields: JournalEntry["fields"]): boolean {
  return fields.get("_COMM") === "dockerd";
}

/** Identifies a container together with the sending account, because any account may send these fields. */
function containerOf(fields: JournalEntry["fields"]): string | undefined {
  const id =
    fields.get("CONTAINER_ID_FULL") ?? fields.get("CONTAINER_ID") ?? fields.get("CONTAINER_NAME");
  const run = isDocker(fields) ? "" : (fields.get("_PID") ?? "");
  return id === undefined ? undefined : hex(`${fields.get("_UID") ?? ""}/${run}/${id}/`);
}

/** Identifies the stream by its priority, which differs between standard output and standard error. */
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

/**
 * Joins the lines of each record to one line, with a blank for each line break, as the journal's entries are read. In the
 * log of a container, records of its streams are mixed: each stream has its own, and the text in the runtime's lines is
 * joined. A record has at most MAX_LINE_BYTES: of a longer one the lines that fit are kept, as a cut line. Lines without
 * a first line stay separate and are marked, and nothing in them is believed: a client may have chosen where they begin.
 * Pure.
 */
import { CUT_MARK, MAX_LINE_BYTES } from "../domain/line-batch.ts";
import type { JoinedRecord, RecordStart, WrappedLine } from "../domain/record-start.ts";

/**
 * How long a source without a new line waits for more lines of its last record. A service writes a record in one go; the
 * pause is a margin for a busy machine.
 */
export const RECORD_SILENCE_MS = 1000;

export interface JoinedLines {
  /** One line for each of `records`. */
  readonly text: string;
  readonly records: readonly JoinedRecord[];
  /** Number of lines at the end that belong to records that may continue, or are mixed with such. */
  readonly openLines: number;
  /** Number of records that were cut here, and the length in bytes of the longest of them. */
  readonly cutRecords: number;
  readonly longestCut: number;
}

/** Lines that are read together: those of a record, or the pieces of one line. */
interface Group {
  /** Index of its first line. */
  readonly first: number;
  /** Index of its last line so far. */
  last: number;
  isOpen: boolean;
  readonly begins: boolean;
  /** What comes out of it: the lines of a record are one, pieces and other lines stay as they are. */
  outputs: string[];
  /** Number of its lines; 1 for each output of pieces. */
  lines: number;
  /** The runtime's first line, of a container's record; undefined: the record is plain text, or these are pieces. */
  readonly wrapped: WrappedLine | undefined;
  text: string;
  bytes: number;
  /** When its last line came; NaN: unknown. */
  at: number;
  readonly kind: "record" | "pieces";
}

/** Joins complete lines. `follow`: bytes that follow them; undefined: all records are complete. */
export function joinLines(
  text: string,
  start: RecordStart,
  follow: number | undefined,
): JoinedLines {
  const joiner = new LineJoiner(start);
  const lines = text.slice(0, -1).split("\n");
  for (const line of lines) joiner.add(line);
  return joiner.end(lines, follow);
}

class LineJoiner {
  readonly #start: RecordStart;
  readonly #groups: Group[] = [];
  /** The open group of each stream; that of plain lines has the name "". */
  readonly #open = new Map<string, Group>();
  #count = 0;
  #cutRecords = 0;
  #longestCut = 0;

  constructor(start: RecordStart) {
    this.#start = start;
  }

  add(line: string): void {
    const plain = withoutMark(line);
    const isCut = plain !== line;
    const wrapped = this.#start.unwrap(plain);
    if (wrapped !== undefined) this.#closeSilent(wrapped.at);
    const stream = wrapped?.stream ?? "";
    const open = this.#open.get(stream);
    const begins = wrapped?.begins ?? this.#start.begins(plain);
    const bytes = Buffer.byteLength(plain) + 1;
    if (open?.kind === "pieces") this.#addPiece(open, stream, line, wrapped);
    else if (wrapped !== undefined && (isCut || wrapped.extent !== "whole")) {
      this.#close(stream, "whole");
      this.#addPiece(
        this.#begin({ begins, kind: "pieces", at: wrapped.at }, stream),
        stream,
        line,
        wrapped,
      );
    } else if (begins) {
      this.#close(stream, "whole");
      this.#begin(
        {
          begins,
          outputs: [line],
          wrapped,
          text: wrapped?.text ?? line,
          bytes,
          at: wrapped?.at ?? NaN,
        },
        stream,
      );
    } else if (open !== undefined && !isCut && mayGrow(open, bytes)) {
      open.text += ` ${wrapped?.text ?? line}`;
      open.bytes += bytes;
      open.at = wrapped?.at ?? NaN;
      open.lines++;
      open.last = this.#count;
    } else {
      this.#close(stream, "cut");
      const headless = this.#begin({ begins: false }, stream);
      headless.outputs = [wrapped === undefined ? `${plain}${CUT_MARK}` : line];
      this.#finish(headless, stream);
    }
    this.#count++;
  }

  /** Finishes all records, or those that cannot continue, and returns them. */
  end(lines: readonly string[], follow: number | undefined): JoinedLines {
    if (follow === undefined)
      for (const stream of [...this.#open.keys()]) this.#close(stream, "whole");
    let ready = this.#findBoundary();
    // Of what may continue, a reader keeps no more than a line may have.
    while (byteLength(lines.slice(ready)) + (follow ?? 0) > MAX_LINE_BYTES && this.#open.size > 0) {
      const [[stream] = [""]] = [...this.#open].sort(([, a], [, b]) => a.first - b.first);
      this.#close(stream, "cut");
      ready = this.#findBoundary();
    }
    const done = this.#groups.filter(({ first }) => first < ready);
    const outputs = done.flatMap((group) => group.outputs);
    return {
      text: outputs.map((line) => `${line}\n`).join(""),
      records: recordsOf(done),
      openLines: lines.length - ready,
      cutRecords: this.#cutRecords,
      longestCut: this.#longestCut,
    };
  }

  /** Returns the number of lines at the beginning that are complete: no group has lines before and behind that. */
  #findBoundary(): number {
    let [boundary, last] = [0, -1];
    for (const group of this.#groups) {
      if (group.first > last) boundary = group.first;
      last = Math.max(last, group.isOpen ? Infinity : group.last);
    }
    return last < this.#count ? this.#count : boundary;
  }

  #begin(
    {
      begins,
      kind = "record",
      outputs = [],
      wrapped,
      text = "",
      bytes = 0,
      at = NaN,
    }: Partial<Group> & Pick<Group, "begins">,
    stream: string,
  ): Group {
    const [first, last] = [this.#count, this.#count];
    const group: Group = {
      ...{ first, last, isOpen: true, begins, kind, wrapped, text, bytes, at },
      ...{ outputs, lines: 1 },
    };
    this.#groups.push(group);
    this.#open.set(stream, group);
    return group;
  }

  /** Adds a line that is passed on as it is: the router joins the pieces of a line. */
  #addPiece(group: Group, stream: string, line: string, wrapped: WrappedLine | undefined): void {
    group.outputs.push(line);
    group.last = this.#count;
    if (wrapped?.extent !== "piece") this.#finish(group, stream);
  }

  /** A program writes a record in one go, so a pause ends it, although other streams have lines. */
  #closeSilent(now: number): void {
    for (const [stream, { at, kind }] of this.#open)
      if (kind === "record" && now - at >= RECORD_SILENCE_MS) this.#close(stream, "whole");
  }

  #close(stream: string, how: "whole" | "cut"): void {
    const group = this.#open.get(stream);
    if (group === undefined) return;
    if (group.kind === "pieces") {
      // The router drops the rest of a line that is cut.
      group.outputs = group.outputs.map((line, i) =>
        i === group.outputs.length - 1 ? `${withoutMark(line)}${CUT_MARK}` : line,
      );
    } else {
      group.outputs = [writeRecord(group, how)];
      if (how === "cut") this.#cutRecords++;
      if (how === "cut") this.#longestCut = Math.max(this.#longestCut, group.bytes);
    }
    this.#finish(group, stream);
  }

  #finish(group: Group, stream: string): void {
    group.isOpen = false;
    this.#open.delete(stream);
  }
}

function recordsOf(groups: readonly Group[]): readonly JoinedRecord[] {
  let before = 0;
  return groups.flatMap(({ outputs, lines, begins, first }) =>
    outputs.map((_, i) => {
      const offset = first + i - before;
      before += lines;
      return { lines, begins, ...(offset === 0 ? {} : { offset }) };
    }),
  );
}

function writeRecord(
  { wrapped, text, lines, outputs: [line = ""] }: Group,
  how: "whole" | "cut",
): string {
  if (lines === 1 && how === "whole") return line;
  if (wrapped !== undefined) return wrapped.rewrap(text, how);
  return how === "cut" ? `${withoutMark(text)}${CUT_MARK}` : text;
}

function mayGrow(group: Group, bytes: number): boolean {
  return group.bytes + bytes <= MAX_LINE_BYTES && withoutMark(group.text) === group.text;
}

function byteLength(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(withoutMark(line)) + 1, 0);
}

function withoutMark(line: string): string {
  return line.endsWith(CUT_MARK) ? line.slice(0, -1) : line;
}

/**
 * Recognizes the first line of a record that has several lines. The following lines belong to the record, up to the
 * next one that begins another.
 */
export interface RecordStart {
  /** Equal for equal patterns, so that filters with the same records share one reader. */
  readonly id: string;
  /**
   * Returns whether a line begins a record; of a line that a container runtime wrote, whether the text in it does.
   * `line`: without its newline. Bounded in time whatever the line contains.
   */
  begins(line: string): boolean;
  /** Reads a complete line that a container runtime wrote; undefined: it is another line. */
  unwrap(line: string): WrappedLine | undefined;
  /** Set for rows of CSV, which begin wherever no quote is open; then `begins` is not asked. */
  readonly quotes?: ReadQuotes;
}

/** A program's text in a line of a container runtime. */
export interface WrappedLine {
  /** Lines of different streams are mixed in the log, and belong to different records. */
  readonly stream: string;
  readonly text: string;
  /** When the runtime received it, in milliseconds; NaN: unknown. */
  readonly at: number;
  /** Whether the text is a whole line; "piece": it continues in the next line of the stream; "unfinished": it never will. */
  readonly extent: "whole" | "piece" | "unfinished";
  readonly begins: boolean;
  /** Returns the runtime's line with another text in it. "cut": the rest of the text is missing. */
  rewrap(text: string, how: "whole" | "cut"): string;
}

/** How a line of CSV ends: outside quotes, or within a value that continues in the next line. */
export type QuoteState = "closed" | "open" | "unknown";

/**
 * Reads the quotes of a line, without its newline, by how the line before it ended. Linear in the length of the line.
 */
export type ReadQuotes = (line: string, before: QuoteState) => QuotedLine;

export interface QuotedLine {
  readonly after: QuoteState;
  /** Whether the line certainly begins a row. */
  readonly isRow: boolean;
}

/** A record whose lines a source has joined to one line. */
export interface JoinedRecord {
  /** Number of its lines. */
  readonly lines: number;
  /** Where its first line is, counted from the line behind those of the records before it, if they are mixed. */
  readonly offset?: number;
  /** Whether it has its first line; false: a line of a record that began elsewhere, so that no rule may believe it. */
  readonly begins: boolean;
}

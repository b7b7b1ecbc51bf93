/**
 * Recognizes the first line of a record that has several lines. The following lines belong to the record, up to the
 * next one that begins another.
 */
export interface RecordStart {
  /** Equal for equal patterns, so that filters with the same records share one reader. */
  readonly id: string;
  /** `line`: without its newline. Bounded in time whatever the line contains. */
  begins(line: string): boolean;
}

/** A record whose lines a source has joined to one line. */
export interface JoinedRecord {
  /** Number of its lines. */
  readonly lines: number;
  /** Whether it has its first line; false: a line of a record that began elsewhere, so that no rule may believe it. */
  readonly begins: boolean;
}

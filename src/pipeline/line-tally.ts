/** Counts lines of a filter. Called for every line, so it must be cheap. */
export interface LineTally {
  recognized: number;
  /** Number of recognized lines that report a failure. */
  failures: number;
  /** Counts a message in `text.slice(from, end)` that no rule recognizes. */
  missed(text: string, from: number, end: number): void;
}

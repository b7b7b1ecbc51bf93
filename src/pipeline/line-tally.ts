/** Called for every line, so it must be cheap. */
export interface LineTally {
  recognized: number;
  /** Those of them that report a failure. */
  failures: number;
  /** No rule recognizes the message in `text.slice(from, end)`. */
  missed(text: string, from: number, end: number): void;
}

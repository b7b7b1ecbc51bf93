/** Called for every line, so cheap whatever the line holds. */
export interface LineTally {
  recognized: number;
  /** Of these, lines that tell of a failure. */
  failures: number;
  /** No rule knows the message in `text.slice(from, end)`. */
  missed(text: string, from: number, end: number): void;
}

/** One question about the host and its answer. good and bad are said only of what was seen; note is neither. */
export interface Finding {
  /** A stable word for programs. */
  readonly id: string;
  /** The question in a few words, for display. */
  readonly question: string;
  readonly mark: "good" | "bad" | "note" | "unknown";
  readonly answer: string;
  readonly evidence: readonly string[];
}

/** One question about the host, and its answer. Mark "good" or "bad" requires an observation; "note" is neutral. */
export interface Finding {
  /** Stable identifier for programs that read the JSON. */
  readonly id: string;
  /** The question in a few words, for display. */
  readonly question: string;
  readonly mark: "good" | "bad" | "note" | "unknown";
  readonly answer: string;
  readonly evidence: readonly string[];
}

/** A change that is recommended for this host. */
export interface Change {
  readonly what: string;
  readonly why: string;
  /** Commands or settings, one per line. */
  readonly how: readonly string[];
}

/** A change that fits this host; only the most useful few are shown. */
export interface Candidate extends Change {
  /** The higher, the more useful. */
  readonly worth: number;
}

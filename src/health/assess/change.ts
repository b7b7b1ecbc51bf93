/** A change that is recommended for this host. */
export interface Change {
  readonly what: string;
  readonly why: string;
  /** Commands or settings, one per line. */
  readonly how: readonly string[];
}

/** A possible change; only the most useful ones are shown. */
export interface Candidate extends Change {
  /** Usefulness: changes with higher values are shown first. */
  readonly worth: number;
}

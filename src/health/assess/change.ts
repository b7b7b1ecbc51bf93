/** Something that would help this host. */
export interface Change {
  readonly what: string;
  readonly why: string;
  /** Commands or settings, a line each. */
  readonly how: readonly string[];
}

/** One that fits what was seen; the most useful few are told. */
export interface Candidate extends Change {
  /** The higher, the more useful. */
  readonly worth: number;
}

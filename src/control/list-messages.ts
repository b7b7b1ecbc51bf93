/** Block lists in replies of `status`, `doctor` and `why`. Their JSON is stable, as that of all replies. */

/** Stable JSON of a block list. */
export interface ListReply {
  readonly name: string;
  /** The file, or the host of the URL. */
  readonly where: string;
  /**
   * in-force: its content is current and blocked. old: the last look failed, the last good content is blocked. empty:
   * there was no good content yet. not-enforced: an enforcer lacks some of it. observed: its enforcer drops nothing.
   */
  readonly state: "in-force" | "old" | "empty" | "not-enforced" | "observed";
  /** Why it is not in force; null: it is. */
  readonly reason: string | null;
  readonly fix: string | null;
  /** Number of networks, merged and without exempt addresses; null: no good content. */
  readonly entries: number | null;
  /** When its content was last read or confirmed. */
  readonly good_at: string | null;
  readonly next_look_at: string | null;
  readonly ports: string;
  readonly enforcers: readonly string[];
  /** Lines of the last good content that are not used, and the first of them. null: not read since the start. */
  readonly unused: {
    readonly invalid: number;
    readonly refused: number;
    readonly first: readonly string[];
  } | null;
  /** Number of networks out of which exempt addresses were taken. */
  readonly cut: number;
}

/** Stable JSON of a list that blocks all of a subject. */
export interface CoveringList {
  readonly list: string;
  readonly network: string;
  readonly ports: string;
}

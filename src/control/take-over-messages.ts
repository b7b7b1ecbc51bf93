/** Input and reply of `take_over`. */

/** A ban of another program. Instants in milliseconds since 1970; `until` null: permanent. */
export interface TakenBan {
  readonly subject: string;
  readonly jail: string;
  readonly at: number;
  readonly until: number | null;
  readonly failures: number;
  /** Number of earlier bans. */
  readonly earlier: number;
  /** Earlier bans whose time is known. */
  readonly past: readonly { readonly at: number; readonly until: number }[];
  /** Log lines that led to the ban. */
  readonly lines: readonly string[];
}

export interface TakeOverResult {
  readonly subject: string;
  readonly jail: string;
  readonly outcome:
    | "banned"
    | "ended"
    | "already"
    | "allow-listed"
    | "logged-in"
    | "unknown-jail"
    | "no-address";
  readonly detail: string;
}

/** One result for each ban, in order. */
export interface TakeOverReply {
  readonly results: readonly TakeOverResult[];
}

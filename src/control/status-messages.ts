/** Replies of `status`. Contract: fields may be added, none changes its meaning. */

export interface StatusReply {
  readonly version: string;
  /** The worst state of any jail, in one word. */
  readonly state: string;
  readonly started_at: string;
  readonly enforcer: {
    readonly name: string;
    readonly enforcing: boolean;
    readonly trouble: string | null;
    /** What to do if the firewall cannot be used. */
    readonly fix: string | null;
  };
  readonly record: {
    readonly state: "ok" | "degraded";
    readonly reason: string | null;
    readonly unsaved: number;
  };
  readonly jails: readonly JailReply[];
  /** Current bans in the whole ban book. */
  readonly banned_total: number;
  /** Current bans that belong to no running jail: manual bans (name "manual"), and bans of removed jails. */
  readonly other_bans: readonly { readonly name: string; readonly banned: number }[];
  /** Only with built-in jails: programs whose log was not found yet, and where it was searched. */
  readonly looking_for: readonly { readonly name: string; readonly reason: string }[];
  /** Names and files of `ignoreip` that have never given an address, so they exempt nobody. */
  readonly exempting_nobody: readonly { readonly entry: string; readonly reason: string }[];
  /**
   * Jails of a fail2ban directory with errors that prevent running. `kept`: runs with its configuration from before the
   * reload.
   */
  readonly left_out: readonly {
    readonly name: string;
    readonly kept: boolean;
    readonly reasons: readonly string[];
  }[];
}

/** Contract. `failures` counts since the start, `tracked` the subjects in the window, `banned` the current bans. */
export interface JailReply {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  /** A stable name of the problem, and what to do; null without a problem. */
  readonly cause: string | null;
  readonly fix: string | null;
  readonly since: string;
  readonly filter: string;
  readonly mode: string;
  readonly policy: string;
  /** What enforces its bans; `nothing`: it only observes. */
  readonly bans_by: "firewall" | "actions" | "nothing";
  /** Reads no log: only people and other programs ban in it. */
  readonly by_hand: boolean;
  readonly sources: readonly SourceReply[];
  /** Who confirms independently of the log that lines arrive: "kernel", "btmp". */
  readonly confirmed_by: readonly string[];
  readonly failures: number;
  readonly tracked: number;
  readonly banned: number;
  /** Exempt addresses whose offenses led to no ban in the last 30 days, newest first. */
  readonly ignored: readonly IgnoredReply[];
}

/** Contract. `entry`: what exempts the subject. */
export interface IgnoredReply {
  readonly subject: string;
  readonly jail: string;
  readonly entry: string;
  readonly offenses: number;
  readonly first_at: string;
  readonly last_at: string;
}

/** Contract. */
export interface SourceReply {
  readonly kind: string;
  readonly where: string;
  readonly state: string;
  readonly reason: string | null;
  readonly lines: number;
  readonly unrecognized: number;
  readonly cut: number;
  readonly given_up: number;
  /** A sentence about untrusted lines and their senders; null when there were none. */
  readonly unproven: string | null;
  readonly last_line_at: string | null;
}

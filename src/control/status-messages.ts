/** Answers of `status`. Contract, like the other answers: fields may be added, none changes its meaning. */

export interface StatusReply {
  readonly version: string;
  /** The worst state of any jail, in one word. */
  readonly state: string;
  readonly started_at: string;
  readonly enforcer: {
    readonly name: string;
    readonly enforcing: boolean;
    readonly trouble: string | null;
    /** What to do where the firewall cannot be used. */
    readonly fix: string | null;
  };
  readonly record: {
    readonly state: "ok" | "degraded";
    readonly reason: string | null;
    readonly unsaved: number;
  };
  readonly jails: readonly JailReply[];
  /** Current bans in the whole record. */
  readonly banned_total: number;
  /** Current bans of no jail that runs: those by hand, of the name "manual", and of jails that were removed. */
  readonly other_bans: readonly { readonly name: string; readonly banned: number }[];
  /** With built-in jails only: programs whose log was not found yet, and where it was looked for. */
  readonly looking_for: readonly { readonly name: string; readonly reason: string }[];
  /** Names and files of `ignoreip` that have never given an address, so that they exempt nobody. */
  readonly exempting_nobody: readonly { readonly entry: string; readonly reason: string }[];
  /** Jails of a fail2ban directory that cannot run as they are written. `kept`: keeps running as before the reload. */
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
  /** One stable word for what is wrong, and what to do; null when nothing is. */
  readonly cause: string | null;
  readonly fix: string | null;
  readonly since: string;
  readonly filter: string;
  readonly mode: string;
  readonly policy: string;
  /** What makes its bans real; `nothing`: it only observes. */
  readonly bans_by: "firewall" | "actions" | "nothing";
  /** It reads nothing: only people and other programs ban in it. */
  readonly by_hand: boolean;
  readonly sources: readonly SourceReply[];
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

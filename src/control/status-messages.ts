/** Replies of `status`. Their JSON is stable: fields may be added, but no field changes its meaning. */
import type { CompromiseReply } from "./campaign-messages.ts";
import type { ListReply } from "./list-messages.ts";
import type { LinkReply } from "./link-messages.ts";

/** Stable JSON of an enforcer. */
export interface EnforcerReply {
  readonly name: string;
  /** Why `enforcer = "auto"` chose it; null: jails name it. */
  readonly chosen_because: string | null;
  /** Whether jails use it; otherwise its bans move to others, or could not be removed yet. */
  readonly used: boolean;
  readonly enforcing: boolean;
  /** What happens to packets of banned addresses; null: it is no packet filter. */
  readonly verdict: "drop" | "reject" | null;
  readonly trouble: string | null;
  readonly fix: string | null;
  /** Number of blocks that it held when it was last read; null: not read yet. */
  readonly blocks: number | null;
  /** Maximum number of blocks; null: not limited. */
  readonly capacity: number | null;
  /** Number of bans for which it has no room. */
  readonly left_out: number;
}

export interface StatusReply {
  readonly version: string;
  /** The worst state of any jail, in one word. */
  readonly state: string;
  readonly started_at: string;
  readonly enforcer: {
    readonly name: string;
    readonly enforcing: boolean;
    readonly trouble: string | null;
    /** What to do if the firewall cannot be used; null: it can. */
    readonly fix: string | null;
  };
  /** Every enforcer in use, and former ones that still hold bans. */
  readonly enforcers: readonly EnforcerReply[];
  readonly record: {
    readonly state: "ok" | "degraded";
    readonly reason: string | null;
    readonly unsaved: number;
  };
  /** Logins with probably guessed accounts, newest first: an alarm until each is acknowledged. */
  /** Detectors that only report because they were wrong too often, in one sentence each. */
  readonly demoted_detectors: readonly string[];
  readonly suspected_compromises: readonly CompromiseReply[];
  readonly jails: readonly JailReply[];
  readonly lists: readonly ListReply[];
  /** Number of current bans in the ban book. */
  readonly banned_total: number;
  /** Current bans that belong to no running jail: manual bans (name "manual"), and bans of removed jails. */
  readonly other_bans: readonly { readonly name: string; readonly banned: number }[];
  /** Built-in jails without a log: the programs, and where their logs were searched. */
  readonly looking_for: readonly { readonly name: string; readonly reason: string }[];
  /** Names and files in `ignoreip` that never yielded an address, so they exempt nobody. */
  readonly exempting_nobody: readonly { readonly entry: string; readonly reason: string }[];
  /**
   * Jails of a fail2ban directory that cannot run because of errors. `kept`: runs with its configuration from before
   * the reload.
   */
  readonly left_out: readonly {
    readonly name: string;
    readonly kept: boolean;
    readonly reasons: readonly string[];
  }[];
}

/**
 * Stable JSON of a jail. `failures`: since the start; `tracked`: subjects with failures in the window; `banned`:
 * current bans.
 */
export interface JailReply {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  /** `cause`: stable name of the problem. `fix`: what to do. null: no problem. */
  readonly cause: string | null;
  readonly fix: string | null;
  readonly since: string;
  /** Every link from a log line to a dropped packet, in flow order, as it was last checked. */
  readonly links: readonly LinkReply[];
  readonly filter: string;
  readonly mode: string;
  readonly policy: string;
  /** What each detector does with what it finds. */
  readonly detectors: DetectorsReply;
  /** What enforces its bans; `nothing`: the jail only observes. */
  readonly bans_by: "firewall" | "actions" | "nothing";
  /** Whether it reads no log: only people and other programs ban in it. */
  readonly by_hand: boolean;
  readonly sources: readonly SourceReply[];
  /** What confirms independently of the log that lines arrive: "kernel", "btmp". */
  readonly confirmed_by: readonly string[];
  readonly failures: number;
  readonly tracked: number;
  readonly banned: number;
  /** Exempt addresses whose offenses led to no ban in the last 30 days, newest first. */
  readonly ignored: readonly IgnoredReply[];
  /** Number of addresses and networks that are not in `ignored`, which has 20 at most. */
  readonly ignored_not_listed: number;
}

/** `act`: bans what it finds. `report`: only reports it. */
export interface DetectorsReply {
  readonly slow: "act" | "report" | "off";
  readonly evidence: "act" | "report" | "off";
  readonly siege: "act" | "report" | "off";
  readonly campaigns: "act" | "report" | "off";
  readonly subnets: "act" | "report" | "off";
  readonly accounts: "act" | "report" | "off";
}

/** Stable JSON of an exempt offender. `entry`: what exempts the subject. */
export interface IgnoredReply {
  readonly subject: string;
  readonly jail: string;
  readonly entry: string;
  readonly offenses: number;
  readonly first_at: string;
  readonly last_at: string;
}

/** Stable JSON of a log source. */
export interface SourceReply {
  readonly kind: string;
  readonly where: string;
  readonly state: string;
  readonly reason: string | null;
  readonly lines: number;
  readonly unrecognized: number;
  /** Lines whose time does not have the stated form. */
  readonly unstamped: number;
  readonly cut: number;
  readonly over_limit: number;
  /** One sentence about lines of unproven senders; null: none. */
  readonly unproven: string | null;
  readonly last_line_at: string | null;
}

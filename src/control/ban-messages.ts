/**
 * Replies of `bans`, `why` and `history`. Their JSON is stable: fields may be added, but no field changes its meaning.
 */
import type { AddressFactsReply } from "./stats-messages.ts";
import type { CompromiseReply, MembershipReply } from "./campaign-messages.ts";
import type { CoveringList } from "./list-messages.ts";
import type { Replaced } from "./order-messages.ts";
import type { IgnoredReply } from "./status-messages.ts";

/** Stable JSON of `bans`. `until` null: permanent. `packets` null: not counted. */
export interface BanReply {
  readonly subject: string;
  readonly jail: string;
  readonly from: string;
  readonly until: string | null;
  readonly origin: string;
  readonly reason: string;
  /**
   * `enforced`: in the firewall. `pending`: not yet confirmed by the firewall. `observed`: the jail only records bans.
   * `actions`: the jail's own actions enforce the ban, not bailiff's firewall.
   */
  readonly state: "enforced" | "pending" | "observed" | "actions";
  readonly packets: number | null;
  readonly ports: string;
  readonly error: string | null;
  /** Enforcers of the jail that do not hold the ban. */
  readonly missing_in: readonly string[];
}

/** Stable JSON of `find_bans`. */
export interface FoundBansReply {
  /** Number of current bans that match, on all pages. */
  readonly found: number;
  readonly bans: readonly BanReply[];
}

/** Stable JSON of `why`. */
export interface WhyReply {
  readonly subject: string;
  /** One sentence about the subject: banned, exempt, counted or unknown. */
  readonly verdict: string;
  readonly facts: AddressFactsReply;
  /** Open suspected compromises by logins from the subject, newest first. */
  readonly suspected_compromises: readonly CompromiseReply[];
  /** Campaigns of the last 30 days that the subject is a member of, newest first. */
  readonly campaigns: readonly MembershipReply[];
  readonly allowed_by: string | null;
  readonly bans: readonly WhyBan[];
  /** Block lists that block all of the subject. */
  readonly lists: readonly CoveringList[];
  /** Failures in the present window that have led to no ban. */
  readonly watching: readonly {
    readonly jail: string;
    readonly failures: number;
    readonly of: number;
    readonly evidence: readonly EvidenceReply[];
  }[];
  /** Offenses that led to no ban because the subject is exempt, newest first. */
  readonly ignored: readonly IgnoredReply[];
  /** One sentence each about guards that prevent a ban of the subject, or that stopped rules which would ban it. */
  readonly guards: readonly string[];
  /** Logins from the subject within 90 days, newest first. */
  readonly logins: readonly LoginReply[];
  readonly history: readonly PastBanReply[];
  /** Number of further entries of the lists with these names, which have 20 at most; of `history`, at most 980. */
  readonly not_listed: {
    readonly ignored: number;
    readonly logins: number;
    readonly history: number;
  };
  /** The command that lifts every ban of the subject, ends its exemption, or exempts it from lists; null: there is nothing to undo. */
  readonly undo: string | null;
}

export interface WhyBan extends BanReply {
  readonly rule: string;
  readonly failures: number;
  readonly of: number | null;
  readonly findtime: string | null;
  readonly escalation: number;
  /** At most this much of the ban was added at random; null: nothing was. */
  readonly jitter: string | null;
  /**
   * `nftables`: the firewall drops the subject's traffic. `memory`: it does not, as in state `observed` or `actions`.
   */
  readonly enforcer: string;
  readonly evidence: readonly EvidenceReply[];
}

export interface EvidenceReply {
  readonly at: string;
  readonly rule: string;
  readonly user: string | null;
  readonly counts: number;
  readonly line: string;
  /** What recorded the same failure independently of the log: "btmp"; null: nothing, or its record is gone. */
  readonly confirmed_by: string | null;
  /** The trusted proxy that reported the address, and the number of its hop; null: the address is the line's peer. */
  readonly via: string | null;
}

/** Stable JSON of a login, in `why`. `key_at` null: the user did not log in with a key. */
export interface LoginReply {
  readonly account: string;
  readonly filter: string;
  readonly from: string;
  readonly first: string;
  readonly last: string;
  readonly key_at: string | null;
  readonly count: number;
}

/**
 * A ban that has ended. If its time is unknown, as of some imported bans, `from`, `until` and `ended` have the same
 * instant: the start of the imported ban. Its `reason` says so.
 */
export interface PastBanReply {
  readonly subject: string;
  readonly jail: string;
  readonly from: string;
  readonly until: string | null;
  readonly ended: string;
  readonly why: "expired" | "unbanned";
  /** Whether it makes the subject's next ban longer. */
  readonly counts: boolean;
  readonly by: string;
  readonly note: string;
  readonly reason: string;
  readonly origin: string;
}

export interface BanResult {
  readonly subject: string;
  readonly jail: string;
  /** needs-force: someone is logged in from there, it looks like a proxy, or it is a very wide network; see `detail`. */
  readonly outcome: "banned" | "extended" | "already-banned" | "allow-listed" | "needs-force";
  /** Whether the ban is in effect as configured: in the firewall, or only recorded if the jail only observes. */
  readonly enforced: boolean;
  /**
   * End of the current ban, which may be older than this request; null: permanent. Always null with `allow-listed` and
   * `needs-force`, as the request made no ban.
   */
  readonly until: string | null;
  readonly detail: string;
  /** The ban that was made longer or wider; null: with other outcomes. */
  readonly replaced: Replaced | null;
}

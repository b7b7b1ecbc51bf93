/** Answers about bans and addresses: `bans`, `why` and `history`. Contract: fields may be added, none changes its meaning. */
import type { IgnoredReply } from "./status-messages.ts";

/** Contract. `until` null: forever. `packets` null: not counted. */
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
}

/** Contract. */
export interface WhyReply {
  readonly subject: string;
  /** One sentence: banned, allowed, counted or unknown. */
  readonly verdict: string;
  readonly allowed_by: string | null;
  readonly bans: readonly WhyBan[];
  /** Failures in the present window that have led to no ban. */
  readonly watching: readonly {
    readonly jail: string;
    readonly failures: number;
    readonly of: number;
    readonly evidence: readonly EvidenceReply[];
  }[];
  /** Offenses that led to no ban because the subject is exempt, newest first. */
  readonly ignored: readonly IgnoredReply[];
  /** Guards that prevent a ban of the subject, or stopped the rules that would ban it; one sentence each. */
  readonly guards: readonly string[];
  /** Logins from the subject within 90 days, newest first. */
  readonly logins: readonly LoginReply[];
  readonly history: readonly PastBanReply[];
  /** The command that lifts every ban of the subject, or ends its exemption; null when there is nothing to undo. */
  readonly undo: string | null;
}

export interface WhyBan extends BanReply {
  readonly rule: string;
  readonly failures: number;
  readonly of: number | null;
  readonly findtime: string | null;
  readonly escalation: number;
  /**
   * `nftables`: the firewall drops its traffic. `memory`: bailiff's firewall does not, as when `state` is `observed` or
   * `actions`.
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
  /** Who recorded the same failure independently of the log: "btmp"; null: nobody, or not any more. */
  readonly confirmed_by: string | null;
  /** The trusted proxy that reported the address, and at which hop; null: the address was the line's peer. */
  readonly via: string | null;
}

/** Contract. `key_at` null: the user did not log in with a key. */
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
 * A ban that is over. One whose time is unknown, such as an earlier ban of another program, has the same instant in
 * `from`, `until` and `ended`: the start of the ban with which it was taken over. Its `reason` says so.
 */
export interface PastBanReply {
  readonly subject: string;
  readonly jail: string;
  readonly from: string;
  readonly until: string | null;
  readonly ended: string;
  readonly why: "expired" | "unbanned";
  /** Whether it makes the next ban longer. */
  readonly counts: boolean;
  readonly by: string;
  readonly note: string;
  readonly reason: string;
  readonly origin: string;
}

export interface BanResult {
  readonly subject: string;
  readonly jail: string;
  /** needs-force: someone is logged in from there; `detail` says who. */
  readonly outcome: "banned" | "extended" | "already-banned" | "allow-listed" | "needs-force";
  /** Whether the ban is in effect as configured: in the firewall, or only recorded if the jail only observes. */
  readonly enforced: boolean;
  /**
   * End of the current ban, which may be older than this request; null: permanent. Always null with `allow-listed` and
   * `needs-force`, as the request made no ban.
   */
  readonly until: string | null;
  readonly detail: string;
}

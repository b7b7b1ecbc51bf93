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
   * `observed`: the jail only counts, so no firewall holds it. `actions`: left to the jail's own actions, so no firewall
   * of bailiff's holds it. `pending`: the firewall has not taken it yet.
   */
  readonly state: "enforced" | "pending" | "observed" | "actions";
  readonly packets: number | null;
  readonly ports: string;
  readonly error: string | null;
}

/** Contract. */
export interface WhyReply {
  readonly subject: string;
  /** In one sentence: banned, allowed, counted or unknown. */
  readonly verdict: string;
  readonly allowed_by: string | null;
  readonly bans: readonly WhyBan[];
  /** Failures that count at present and have led to no ban. */
  readonly watching: readonly {
    readonly jail: string;
    readonly failures: number;
    readonly of: number;
    readonly evidence: readonly EvidenceReply[];
  }[];
  /** Offenses of it that led to no ban because an entry exempts it, newest first. */
  readonly ignored: readonly IgnoredReply[];
  /** What keeps a jail from banning it, or stops the rules that would; one sentence each. */
  readonly guards: readonly string[];
  /** Logins from there within 90 days, newest first. */
  readonly logins: readonly LoginReply[];
  readonly history: readonly PastBanReply[];
  /** The exact command that lifts every ban of it, or else ends its exemption by command; null when there is neither. */
  readonly undo: string | null;
}

export interface WhyBan extends BanReply {
  readonly rule: string;
  readonly failures: number;
  readonly of: number | null;
  readonly findtime: string | null;
  readonly escalation: number;
  /** What drops its traffic: `nftables`; `memory`: no firewall does, as where `state` is `observed` or `actions`. */
  readonly enforcer: string;
  readonly evidence: readonly EvidenceReply[];
}

export interface EvidenceReply {
  readonly at: string;
  readonly rule: string;
  readonly user: string | null;
  readonly counts: number;
  readonly line: string;
}

/** Contract. `key_at` null: no key was shown. */
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
  /** Whether the ban is as it is meant to be: held by the firewall, or only observed where the jail does no more. */
  readonly enforced: boolean;
  /**
   * End of the ban in force, also of one that was there before; null: forever. Always null with `allow-listed` and
   * `needs-force`, where this request banned nothing.
   */
  readonly until: string | null;
  readonly detail: string;
}

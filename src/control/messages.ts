/**
 * What is said over the control socket: each command with its arguments and its answer. Fields of the answers marked
 * "contract" may be relied on by scripts: fields may be added, none changes its meaning. Instants are ISO 8601 with zone.
 */
import type { CheckReply } from "./check-messages.ts";
import type { AddedRuleReply, DriftReply } from "./drift-messages.ts";
import type { EventRecord } from "../telemetry/event-record.ts";
import type {
  AllowResult,
  DisallowResult,
  LiftedBan,
  ReloadReply,
  StopReply,
  VersionReply,
} from "./order-messages.ts";
import type { PagedList } from "./paged-list.ts";

/** Contract. `missed`: events dropped before this one because the client read too slowly. */
export interface FollowReply {
  readonly missed: number;
  readonly event: EventRecord;
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
  /** Jails of a fail2ban directory that cannot run as they are written. `kept`: goes on as it was before a reload. */
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
  /** What was not believed, and of whom, in words; null when there was nothing. */
  readonly unproven: string | null;
  readonly last_line_at: string | null;
}

/** Contract. One look at every link of every jail, in flow order. */
export interface DoctorReply {
  readonly version: string;
  readonly at: string;
  readonly state: string;
  readonly jails: readonly {
    readonly name: string;
    readonly state: string;
    readonly reason: string;
    readonly cause: string | null;
    readonly fix: string | null;
    readonly since: string;
    readonly links: readonly LinkReply[];
  }[];
  readonly looking_for: StatusReply["looking_for"];
  /** What no check can prove, said once for all jails it is true of. */
  readonly notes: readonly string[];
}

/** Contract. `at`: when the link was last seen to hold (proven) or to fail (found). */
export interface LinkReply {
  readonly link: string;
  readonly verdict: "proven" | "found" | "unproven";
  readonly cause: string | null;
  readonly evidence: string;
  readonly at: string | null;
  readonly fix: string | null;
}

/** Contract. One trial of a jail, from a failed login to a dropped packet; steps in flow order. */
export interface VerifyReply {
  readonly jail: string;
  readonly at: string;
  readonly took_ms: number;
  /** partly: nothing failed, but some step cannot be tried on this host. */
  readonly outcome: "proven" | "partly" | "failed";
  readonly steps: readonly {
    readonly step: string;
    readonly outcome: "proven" | "impossible" | "failed" | "not-reached";
    readonly evidence: string;
    readonly fix: string | null;
    readonly took_ms: number;
  }[];
}

/** For a support bundle. Events of single failures are left out: they hold what people typed. */
export interface SupportReply {
  readonly doctor: DoctorReply;
  readonly status: StatusReply;
  readonly events: readonly EventRecord[];
  readonly audit: {
    readonly intact: boolean;
    /** Entries, or where the chain is broken. */
    readonly detail: string;
  };
}

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
  /** Who has logged in from there within 90 days, newest first. */
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
 * Contract. stopped: the rule bans nothing until it is reset. limited: it bans at its limit, and others wait.
 * `spared`: offenses that were not banned, or not yet.
 */
export interface BreakerReply {
  readonly state: "stopped" | "limited";
  readonly jail: string;
  readonly rule: string;
  readonly since: string;
  readonly reason: string;
  readonly spared: number;
}

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

export interface AllowReply {
  readonly subject: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly because: string;
}

export interface AuditReply {
  readonly at: string;
  readonly action: string;
  readonly who: string;
  readonly subject: string | null;
  readonly jail: string | null;
  readonly detail: string;
}

export interface BanResult {
  readonly subject: string;
  readonly jail: string;
  /** needs-force: somebody is logged in there; `detail` says who. */
  readonly outcome: "banned" | "extended" | "already-banned" | "allow-listed" | "needs-force";
  /** Whether the ban is as it is meant to be: held by the firewall, or only observed where the jail does no more. */
  readonly enforced: boolean;
  readonly until: string | null;
  readonly detail: string;
}

/** A ban of another program. Instants in milliseconds; `until` null: forever. */
export interface TakenBan {
  readonly subject: string;
  readonly jail: string;
  readonly at: number;
  readonly until: number | null;
  readonly failures: number;
  /** How often it was banned before. */
  readonly earlier: number;
  /** Those of the earlier bans whose time is known. */
  readonly past: readonly { readonly at: number; readonly until: number }[];
  /** What led to it. */
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

/** One result a ban, in order. */
export interface TakeOverReply {
  readonly results: readonly TakeOverResult[];
}

/** An address or network, or a list of up to 10,000. */
export type SubjectOrder = string | readonly string[];

/** Every command: what it takes and what it answers. `for`: a duration in milliseconds, or "forever". */
export interface Commands {
  readonly status: { readonly in: { readonly jail?: string }; readonly out: StatusReply };
  readonly doctor: { readonly in: { readonly jail?: string }; readonly out: DoctorReply };
  readonly drift: {
    readonly in: { readonly jail?: string };
    readonly out: readonly DriftReply[];
  };
  /** Writes the rule that `drift` proposes for a message, and reloads. */
  readonly add_rule: {
    readonly in: { readonly number: number; readonly is: "failure" | "neutral" };
    readonly out: AddedRuleReply;
  };
  readonly verify: {
    readonly in: { readonly jail: string };
    readonly out: VerifyReply;
  };
  readonly support: {
    readonly in: Readonly<Record<string, never>>;
    readonly out: SupportReply;
  };
  readonly bans: { readonly in: { readonly jail?: string }; readonly out: readonly BanReply[] };
  readonly ban: {
    readonly in: {
      readonly subject: SubjectOrder;
      readonly jail?: string;
      readonly for?: number | "forever";
      readonly reason?: string;
      /** Ban although somebody is logged in there. */
      readonly force?: boolean;
      /** Address of the SSH session of whoever asks. */
      readonly peer?: string;
    };
    readonly out: readonly BanResult[];
  };
  /** Bans that another program has made, with the time they have left. */
  readonly take_over: {
    readonly in: {
      /** The other program. */
      readonly from: string;
      readonly bans: readonly TakenBan[];
      /** Address of the SSH session of whoever asks. */
      readonly peer?: string;
    };
    readonly out: TakeOverReply;
  };
  readonly breakers: {
    readonly in: Readonly<Record<string, never>>;
    readonly out: readonly BreakerReply[];
  };
  /** Those that were open; all of them, of one jail, or of one of its rules. */
  readonly reset_breaker: {
    readonly in: { readonly jail?: string; readonly rule?: string };
    readonly out: readonly BreakerReply[];
  };
  readonly unban: {
    readonly in: {
      readonly subjects: readonly string[];
      readonly all: boolean;
      readonly jail?: string;
      readonly reason?: string;
      /** The lifted bans make later ones longer all the same. */
      readonly keep_history?: boolean;
    };
    readonly out: readonly LiftedBan[];
  };
  readonly why: { readonly in: { readonly subject: string }; readonly out: WhyReply };
  readonly allow: {
    readonly in: {
      readonly subject: SubjectOrder;
      readonly for?: number;
      readonly reason?: string;
      /** Also networks that are wider than /8 (IPv4) or /16 (IPv6). */
      readonly force?: boolean;
    };
    readonly out: AllowResult;
  };
  readonly disallow: {
    readonly in: { readonly subject: SubjectOrder; readonly reason?: string };
    readonly out: DisallowResult;
  };
  readonly allowed: {
    /** Also what this jail alone exempts; without it what any jail does. */
    readonly in: { readonly jail?: string };
    readonly out: readonly AllowReply[];
  };
  readonly history: {
    readonly in: { readonly subject?: string; readonly jail?: string; readonly limit: number };
    readonly out: readonly PastBanReply[];
  };
  readonly audit: {
    readonly in: { readonly subject?: string; readonly jail?: string; readonly limit: number };
    readonly out: readonly AuditReply[];
  };
  /** Reads the files that `reload` reads, and changes nothing. */
  readonly check: {
    readonly in: Readonly<Record<string, never>>;
    readonly out: CheckReply;
  };
  readonly reload: {
    readonly in: Readonly<Record<string, never>>;
    readonly out: ReloadReply;
  };
  readonly stop: {
    readonly in: { readonly unban: boolean };
    readonly out: StopReply;
  };
  readonly version: {
    readonly in: Readonly<Record<string, never>>;
    readonly out: VersionReply;
  };
}

export type CommandName = keyof Commands;

/** What answers a command: its reply, or a long list page by page. */
export type Reply<Name extends CommandName> =
  | Commands[Name]["out"]
  | (Commands[Name]["out"] extends readonly (infer Item)[] ? PagedList<Item> : never);

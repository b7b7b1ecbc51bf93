/**
 * Defines the commands of the control socket, with their inputs and replies. Scripts may rely on replies described as
 * stable JSON: fields may be added, but no field changes its meaning. Instants are ISO 8601 with zone.
 */
import type { AuditChainReply } from "./audit-messages.ts";
import type { QualityReply } from "./quality-messages.ts";
import type { CampaignReply, CampaignsQuery, CompromiseReply } from "./campaign-messages.ts";
import type { CheckReply } from "./check-messages.ts";
import type { AddedRuleReply, DriftReply } from "./drift-messages.ts";
import type { MetricReply } from "../telemetry/metrics.ts";
import type { EventRecord } from "../telemetry/event-record.ts";
import type {
  AllowResult,
  DisallowResult,
  LiftedBan,
  NoticeTestReply,
  ReloadReply,
  StopReply,
  VersionReply,
} from "./order-messages.ts";
import type {
  BanReply,
  BanResult,
  FoundBansReply,
  PastBanReply,
  WhyReply,
} from "./ban-messages.ts";
import type { DoctorReply, VerifyReply } from "./proof-messages.ts";
import type { StatsReply } from "./stats-messages.ts";
import type { StatusReply } from "./status-messages.ts";
import type { TakeOverReply, TakenBan } from "./take-over-messages.ts";
import type { PagedList } from "./paged-list.ts";

/** Stable JSON of `follow`. `missed`: number of events dropped before this one because the client read too slowly. */
export interface FollowReply {
  readonly missed: number;
  readonly event: EventRecord;
}

/** Reply for a support bundle. Events of single failures are omitted: they contain what users typed. */
export interface SupportReply {
  readonly doctor: DoctorReply;
  readonly status: StatusReply;
  readonly events: readonly EventRecord[];
  readonly audit: {
    readonly intact: boolean;
    /** The number of entries, or where the chain is broken. */
    readonly detail: string;
  };
}

/**
 * Stable JSON of `breaker`. stopped: the rule bans nothing until it is reset. limited: the rule has reached its limit,
 * and further offenses wait. `spared`: offenses that led to no ban, or to none yet.
 */
export interface BreakerReply {
  readonly state: "suspended" | "limited";
  readonly jail: string;
  readonly rule: string;
  readonly since: string;
  readonly reason: string;
  readonly spared: number;
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

/** An address or network, or a list of up to 10,000 of them. */
export type SubjectOrder = string | readonly string[];

/** Input and reply of every command. `for`: a duration in milliseconds, or "forever". */
export interface Commands {
  readonly status: {
    readonly in: { readonly jail?: string | undefined };
    readonly out: StatusReply;
  };
  readonly doctor: {
    readonly in: { readonly jail?: string | undefined };
    readonly out: DoctorReply;
  };
  readonly drift: {
    readonly in: { readonly jail?: string | undefined };
    readonly out: readonly DriftReply[];
  };
  /** Writes the rule that `drift` proposes for a shape, and reloads. */
  readonly add_rule: {
    readonly in: { readonly number: number; readonly is: "failure" | "neutral" };
    readonly out: AddedRuleReply;
  };
  readonly verify: {
    readonly in: { readonly jail: string };
    readonly out: VerifyReply;
  };
  /** Sends a test message to a channel for notices, and waits for the answer of its service. */
  readonly notify_test: {
    readonly in: { readonly channel: string };
    readonly out: NoticeTestReply;
  };
  readonly support: {
    readonly in: Readonly<Record<string, never>>;
    readonly out: SupportReply;
  };
  readonly bans: {
    readonly in: { readonly jail?: string | undefined };
    readonly out: readonly BanReply[];
  };
  /** Returns one page of the bans that match. */
  readonly find_bans: {
    readonly in: {
      /** An address or network, which selects bans that share an address with it; or a part of address, jail, rule or reason. */
      readonly search?: string | undefined;
      readonly jail?: string | undefined;
      readonly origin?: "detected" | "manual" | "restored" | undefined;
      /** Default: from. */
      readonly sort?: "address" | "from" | "until" | undefined;
      readonly descending?: boolean | undefined;
      readonly offset?: number | undefined;
      readonly limit: number;
    };
    readonly out: FoundBansReply;
  };
  readonly ban: {
    readonly in: {
      readonly subject: SubjectOrder;
      readonly jail?: string | undefined;
      readonly for?: number | "forever" | undefined;
      readonly reason?: string | undefined;
      /** Bans even if a user is logged in from that address. */
      readonly force?: boolean | undefined;
      /** Address of the client's SSH session. */
      readonly peer?: string | undefined;
    };
    readonly out: readonly BanResult[];
  };
  /** Imports bans of another program, with their remaining time. */
  readonly take_over: {
    readonly in: {
      /** Name of the other program. */
      readonly from: string;
      readonly bans: readonly TakenBan[];
      /** Address of the client's SSH session. */
      readonly peer?: string | undefined;
    };
    readonly out: TakeOverReply;
  };
  readonly campaigns: {
    readonly in: CampaignsQuery;
    readonly out: readonly CampaignReply[];
  };
  /** Acknowledges suspected compromises: those of logins from the subject, or all. Returns them. */
  readonly acknowledge: {
    readonly in: { readonly subject?: string | undefined };
    readonly out: readonly CompromiseReply[];
  };
  /** Ranks rules and detectors by how often they were wrong. */
  readonly quality: {
    readonly in: Readonly<Record<string, never>>;
    readonly out: readonly QualityReply[];
  };
  /** Starts the counts of a jail's rules and detectors again, or of those with the name. Returns what they were. */
  readonly reset_quality: {
    readonly in: { readonly jail: string; readonly name?: string | undefined };
    readonly out: readonly QualityReply[];
  };
  /** States, ages of proofs, and counters since the start, for a monitoring system. Runs no check. */
  readonly metrics: {
    readonly in: Readonly<Record<string, never>>;
    readonly out: readonly MetricReply[];
  };
  readonly breakers: {
    readonly in: Readonly<Record<string, never>>;
    readonly out: readonly BreakerReply[];
  };
  /** Resets breakers: all, those of one jail, or that of one rule. Returns those that were stopped or limited. */
  readonly reset_breaker: {
    readonly in: { readonly jail?: string | undefined; readonly rule?: string | undefined };
    readonly out: readonly BreakerReply[];
  };
  readonly unban: {
    readonly in: {
      readonly subjects: readonly string[];
      readonly all: boolean;
      readonly jail?: string | undefined;
      /** Whether only bans of exactly these subjects are lifted, not others that share an address. */
      readonly exact?: boolean | undefined;
      readonly reason?: string | undefined;
      /** Whether the lifted bans still make later bans longer. */
      readonly keep_history?: boolean | undefined;
    };
    readonly out: readonly LiftedBan[];
  };
  /** Bans again as before the last unban, with the same end, reason and lines. */
  readonly undo_unban: {
    readonly in: { readonly subject: string; readonly jail: string };
    readonly out: BanResult;
  };
  readonly why: { readonly in: { readonly subject: string }; readonly out: WhyReply };
  readonly allow: {
    readonly in: {
      readonly subject: SubjectOrder;
      readonly for?: number | undefined;
      readonly reason?: string | undefined;
      /** Accepts networks wider than /8 (IPv4) or /16 (IPv6). */
      readonly force?: boolean | undefined;
    };
    readonly out: AllowResult;
  };
  readonly disallow: {
    readonly in: { readonly subject: SubjectOrder; readonly reason?: string | undefined };
    readonly out: DisallowResult;
  };
  readonly allowed: {
    /** Lists the exemptions of one jail, or of all jails. */
    readonly in: { readonly jail?: string | undefined };
    readonly out: readonly AllowReply[];
  };
  readonly history: {
    readonly in: {
      readonly subject?: string | undefined;
      readonly jail?: string | undefined;
      /** Only bans that ended at or after this time, milliseconds since 1970. */
      readonly since?: number | undefined;
      /** Only bans that a person or another program lifted. */
      readonly by_hand?: boolean | undefined;
      readonly limit: number;
    };
    readonly out: readonly PastBanReply[];
  };
  readonly audit: {
    readonly in: {
      readonly subject?: string | undefined;
      readonly jail?: string | undefined;
      /** Only entries at or after this time, milliseconds since 1970. */
      readonly since?: number | undefined;
      /** Only what a person or another program did, not the daemon itself. */
      readonly by_hand?: boolean | undefined;
      readonly limit: number;
    };
    readonly out: readonly AuditReply[];
  };
  readonly verify_audit: {
    /** Hash of an earlier newest entry, which the chain must still contain. */
    readonly in: { readonly head?: string | undefined };
    readonly out: AuditChainReply;
  };
  /** Counts what was recorded from `from` to `to`, milliseconds since 1970, in steps of `step` hours. */
  readonly stats: {
    readonly in: {
      readonly from: number;
      readonly to: number;
      readonly step: number;
      /** One series for each jail, or for each rule of a jail; without it one for all. */
      readonly by?: "jail" | "rule" | undefined;
      readonly jail?: string | undefined;
      /** Maximum length of each list of addresses, accounts and networks; default: 20. */
      readonly top?: number | undefined;
    };
    readonly out: StatsReply;
  };
  /** Validates the files that `reload` reads, and changes nothing. */
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

/** Reply to a command; a long list may be sent page by page. */
export type Reply<Name extends CommandName> =
  | Commands[Name]["out"]
  | (Commands[Name]["out"] extends readonly (infer Item)[] ? PagedList<Item> : never);

/** The object of `report --json`; stable output, see docs/operating.md. Instants are ISO 8601 with zone. */
import type { CompromiseReply } from "../../control/campaign-messages.ts";
import type { AuditReply, BreakerReply } from "../../control/messages.ts";
import type { QualityReply } from "../../control/quality-messages.ts";
import type { StatsReply, StatsTotalsReply } from "../../control/stats-messages.ts";
import type { IgnoredReply } from "../../control/status-messages.ts";
import type { GapReply } from "./observed-time.ts";

export interface ReportReply {
  readonly host: string;
  readonly from: string;
  readonly to: string;
  /** Share of the period in which the daemon ran, from 0 to 1. Nothing is known of the rest. */
  readonly observed: number;
  /** Oldest first. */
  readonly gaps: readonly GapReply[];
  readonly totals: StatsTotalsReply;
  /** Length of a step: weeks of 7 days since the first one, local days. */
  readonly step: StepUnit;
  readonly steps: readonly ReportStep[];
  readonly jails: readonly ReportJail[];
  /** On the days of the period in UTC, at most 10 each. */
  readonly top: StatsReply["top"];
  /** Those of the last 30 days. */
  readonly campaigns: readonly ReportCampaign[];
  /** Number of campaigns of the last 30 days that are not listed, since 32 are kept. */
  readonly campaigns_not_kept: number;
  /** Logins of the last 30 days that follow guesses, which nobody has acknowledged. */
  readonly suspected_compromises: readonly CompromiseReply[];
  /** Those that were acknowledged in the period: when and by whom. */
  readonly acknowledged_compromises: readonly AuditReply[];
  /** Times in which a jail did not protect as configured, oldest first. */
  readonly missed_proofs: readonly MissedProof[];
  readonly doubts: {
    /** Rules and detectors that were wrong within 30 days. */
    readonly quality: readonly QualityReply[];
    /** Rules that are suspended or limited now. */
    readonly breakers: readonly BreakerReply[];
    /** Exempt addresses that attacked within 30 days. */
    readonly ignored: readonly IgnoredReply[];
    readonly exempting_nobody: readonly { readonly entry: string; readonly reason: string }[];
    readonly left_out: readonly { readonly name: string; readonly reasons: readonly string[] }[];
  };
  /** What people and other programs did, the most frequent first. */
  readonly changes: readonly ChangeCount[];
  /** The newest of these changes, at most 20. */
  readonly newest_changes: readonly AuditReply[];
  /** Whether older changes of the period are not counted, because only so many are read. */
  readonly changes_cut: boolean;
  /** Detected bans that were lifted by hand, newest first. */
  readonly undone_bans: readonly UndoneBan[];
  readonly undone_bans_cut: boolean;
}

export type StepUnit = "hour" | "day" | "week";

export interface ReportStep {
  readonly from: string;
  /** Share of the step in which the daemon ran, from 0 to 1. */
  readonly observed: number;
  /** null: unknown, because the daemon did not run. */
  readonly failures: number | null;
  readonly bans: number | null;
}

export interface ReportJail extends StatsTotalsReply {
  readonly name: string;
  /** Share of the period in which its failures would have been counted. */
  readonly observed: number;
  /** Its present state; null: it does not run. */
  readonly state: string | null;
  /** How long it had each state, as far as the daemon ran. */
  readonly states: readonly { readonly state: string; readonly length_ms: number }[];
  /** Time of the period for which its state is unknown. */
  readonly unknown_ms: number;
}

export interface ReportCampaign {
  readonly name: string;
  readonly jail: string;
  readonly began: string;
  /** null: it has not ended. */
  readonly ended: string | null;
  readonly sources: number;
  readonly tries: number;
  readonly banned: number;
}

export interface MissedProof {
  readonly jail: string;
  readonly state: string;
  /** Stable name of the problem. */
  readonly cause: string | null;
  readonly from: string;
  /** null: it has not ended. */
  readonly to: string | null;
}

export interface ChangeCount {
  readonly who: string;
  readonly action: string;
  readonly count: number;
}

export interface UndoneBan {
  readonly subject: string;
  readonly jail: string;
  readonly from: string;
  readonly ended: string;
  readonly by: string;
  readonly note: string;
  readonly reason: string;
  /** Whether it counts as a wrong ban, because it was lifted within a day. */
  readonly within_day: boolean;
}

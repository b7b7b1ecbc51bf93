/** Defines the replies of the dashboard's own HTTP interface, which only its page uses. */
import type { CampaignMember, CampaignReply } from "../control/campaign-messages.ts";
import type { DriftReply } from "../control/drift-messages.ts";
import type { BreakerReply } from "../control/messages.ts";
import type { DoctorReply } from "../control/proof-messages.ts";
import type { DetectorsReply, StatusReply } from "../control/status-messages.ts";
import type { Role } from "./roles.ts";

export interface ErrorReply {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
  };
}

export interface LoginReply {
  /** Secret that the page sends with each request. */
  readonly token: string;
}

export interface SessionReply {
  readonly name: string;
  readonly role: Role;
}

export interface OverviewReply {
  /** When this was answered, in milliseconds since 1970. */
  readonly at: number;
  readonly status: StatusReply;
}

/** An event as a line for people. Instants in `text` are ISO 8601. */
export interface LiveEvent {
  readonly at: string;
  readonly level: "error" | "warn" | "info" | "debug";
  /** Such as "BAN". */
  readonly word: string;
  readonly text: string;
}

export interface LiveBatch {
  /** Oldest first. */
  readonly events: readonly LiveEvent[];
  /** Number of events before or between them that were left out. */
  readonly missed: number;
}

export interface JailsReply {
  readonly status: StatusReply;
  readonly breakers: readonly BreakerReply[];
  readonly drift: readonly DriftReply[];
}

export interface ProblemsReply {
  readonly doctor: DoctorReply;
  readonly status: StatusReply;
}

/** A campaign with the number of its banned members instead of their addresses. */
export interface CampaignSummary extends Omit<CampaignReply, "banned" | "members"> {
  readonly banned: number;
}

export interface CampaignsReply {
  /** Newest first, each with the most tried of its accounts and the newest hours of its growth. */
  readonly campaigns: readonly CampaignSummary[];
  /** For alarms and detectors. */
  readonly status: StatusReply;
}

export interface CampaignPageReply {
  readonly campaign: CampaignSummary;
  /** A page of its members, newest first. */
  readonly members: readonly (CampaignMember & { readonly is_banned: boolean })[];
  /** null: its jail does not run any more. */
  readonly detectors: DetectorsReply | null;
}

/** Periods of charts, each with a step that gives some tens of points. */
export const PERIODS = ["day", "week", "month", "years"] as const;
export type Period = (typeof PERIODS)[number];

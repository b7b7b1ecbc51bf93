/** Defines the replies of the dashboard's own HTTP interface, which only its page uses. */
import type { StatusReply } from "../control/status-messages.ts";
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

/** Periods of charts, each with a step that gives some tens of points. */
export const PERIODS = ["day", "week", "month", "years"] as const;
export type Period = (typeof PERIODS)[number];

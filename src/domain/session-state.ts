import type { Instant } from "./instant.ts";
import type { Ip } from "./ip.ts";

/** The state of one login session, saved so that its next line counts correctly after a restart. */
export interface SessionState {
  /** Index in the table of sessions, which bounds how many are kept. */
  readonly slot: number;
  /** Host and process as one number, stable across runs. */
  readonly key: number;
  readonly at: Instant;
  /** Attempts that wait for an address. */
  readonly waiting: number;
  /** Progress of the session; see the values in detect/session-table.ts. */
  readonly progress: number;
  readonly peer: Ip | undefined;
  readonly user: string | undefined;
}

/** Sessions that changed since they were last saved. */
export interface SessionChanges {
  /** Whether `sessions` is complete, so that it replaces all saved before. */
  readonly whole: boolean;
  readonly sessions: readonly SessionState[];
}

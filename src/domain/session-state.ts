import type { Instant } from "./instant.ts";
import type { Ip } from "./ip.ts";

/** The state of one login session, with which its next line is counted correctly after a restart. */
export interface SessionState {
  /** Index in the table of sessions, which bounds how many are kept. */
  readonly slot: number;
  /** Host and process as one number, stable across runs. */
  readonly key: number;
  readonly at: Instant;
  /** Attempts that wait for an address. */
  readonly waiting: number;
  /** See the progress values in detect/session-table.ts. */
  readonly progress: number;
  readonly peer: Ip | undefined;
  readonly user: string | undefined;
}

/** Sessions that changed since they were last saved. */
export interface SessionChanges {
  /** Whether these are all sessions: those saved before are void. */
  readonly whole: boolean;
  readonly sessions: readonly SessionState[];
}

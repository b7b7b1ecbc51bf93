import type { Instant } from "./instant.ts";
import type { Ip } from "./ip.ts";

/** What is known of one login session: enough for the next line of it to be counted correctly after a restart. */
export interface SessionState {
  /** Position in the table of sessions, which bounds how many are kept. */
  readonly slot: number;
  /** Host and process as one number, equal in every run. */
  readonly key: number;
  readonly at: Instant;
  /** Attempts that wait for an address. */
  readonly waiting: number;
  /** How far counting got; see detect/session-table.ts. */
  readonly progress: number;
  readonly peer: Ip | undefined;
  readonly user: string | undefined;
}

/** Sessions that changed since they were last saved. */
export interface SessionChanges {
  /** Whether these are all of them: what was saved before is void. */
  readonly whole: boolean;
  readonly sessions: readonly SessionState[];
}

/** A failure that a filter of fail2ban's found, and which of them its caller asks for. */
import type { Instant } from "../../domain/instant.ts";
import type { Groups } from "./groups.ts";

export interface FailureId {
  /** Address, network or name as the line gives it; undefined: the line names none. */
  readonly id: string | undefined;
  readonly kind: "address" | "name" | "other";
}

export interface Fail2banFailure extends FailureId {
  /** context: a harmless line of a session; pending: a failure without an address so far. */
  readonly outcome: "failure" | "context" | "pending";
  /** Index of the failregex. */
  readonly rule: number;
  readonly at: Instant | undefined;
  /** Valid until the next line is examined. */
  readonly groups: Groups;
  /** Lines that led to it, those of its session only with `keepLines`; computed on demand. */
  readonly lines: () => readonly string[];
  /** Every user name tried in the session. */
  readonly users: ReadonlySet<string>;
}

export interface ReportOptions {
  /** Tries every failregex, not only until the first match, and reports lines of context: for tests. */
  readonly everyRule?: boolean;
  /** Reports failures without an address, too. */
  readonly reportPending?: boolean;
  /** Reports every line of a session that led to a failure, not only the last. */
  readonly keepLines?: boolean;
}

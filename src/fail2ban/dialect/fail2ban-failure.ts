/** A failure found by a fail2ban filter, and options for which failures to report. */
import type { Instant } from "../../domain/instant.ts";
import type { Groups } from "./groups.ts";

export interface FailureId {
  /** Address, network or name as in the line; undefined: the line contains none. */
  readonly id: string | undefined;
  readonly kind: "address" | "name" | "other";
}

export interface Fail2banFailure extends FailureId {
  /** context: a harmless line of a session. pending: a failure that has no address yet. */
  readonly outcome: "failure" | "context" | "pending";
  /** Index of the failregex. */
  readonly rule: number;
  readonly at: Instant | undefined;
  /** Valid until the next line is examined. */
  readonly groups: Groups;
  /** Lines that led to it, including those of its session only with `keepLines`; computed on demand. */
  readonly lines: () => readonly string[];
  /** Every user name tried in the session. */
  readonly users: ReadonlySet<string>;
}

export interface ReportOptions {
  /** For tests: tries every failregex instead of stopping at the first match, and reports lines of context. */
  readonly everyRule?: boolean;
  /** Also reports failures without an address. */
  readonly reportPending?: boolean;
  /** Reports every line of a session that led to a failure, instead of only the last. */
  readonly keepLines?: boolean;
}

import type { Instant } from "./instant.ts";
import type { Ip } from "./ip.ts";
import type { LoginMethod } from "./login.ts";

/**
 * failure: a failed attempt. success: access granted. neutral: recognized, but without meaning. pending: context for
 * later lines of its session.
 */
export type MatchKind = "failure" | "success" | "neutral" | "pending";

/**
 * How a failure line relates to the attempts of its session.
 * each: is an attempt, and confirms one that an `early` line announced.
 * early: announces an attempt that an `each` line may still confirm.
 * once: summarizes a session, so it counts only when nothing of that session has counted.
 */
export type Counting = "each" | "early" | "once";

/** Maximum number of attempts that one line may report. */
export const MAX_REPEATED = 100_000;

/** How access was gained, according to a success line. */
export interface MatchedLogin {
  readonly method: LoginMethod;
  /** The peer's port: with its address, it identifies one connection. */
  readonly port: number | undefined;
}

/** Evidence of a client's address that is not the peer's: a trusted proxy reported it. */
export interface Via {
  /** The peer of the connection, a trusted proxy. */
  readonly proxy: Ip;
  /** Position of the client among the forwarded addresses, from the right, from 1. */
  readonly hop: number;
}

/** Formats for display: "through proxy 10.0.0.2 (hop 1 from the right)". */
export function formatVia({ proxy, hop }: Via): string {
  return `through proxy ${proxy} (hop ${hop} from the right)`;
}

/** What a filter extracted from one line. */
export interface Match {
  readonly kind: MatchKind;
  readonly rule: string;
  readonly counting: Counting;
  readonly ip: Ip | undefined;
  /** The last line of its session: later lines of the same process id belong to another one. */
  readonly closes: boolean;
  /**
   * The peer's name, if the line has a name instead of an address. Never resolved, because the owner of the DNS zone
   * chooses the answer.
   */
  readonly host: string | undefined;
  /** What the line names instead of an address or a name, such as a user or a network (fail2ban's `<F-ID>`). */
  readonly otherId?: string;
  readonly user: string | undefined;
  /** The line has a user field, which is empty, so the name of another line must not fill it. */
  readonly isUserEmpty?: true;
  /** The login, if the line reports a success. */
  readonly login: MatchedLogin | undefined;
  /** Number of attempts that the line reports, from 0 to MAX_REPEATED: n in "message repeated n times", `{count}`. */
  readonly repeated: number;
  /** Time of the event according to the log, already checked against arrival (see parse/header/place-in-time.ts). */
  readonly at: Instant;
  /** Whether a time could be parsed; otherwise `at` is the time of reading, which is wrong for an older line. */
  readonly isTimed: boolean;
  /** Set if `ip` is not the peer of the line. */
  readonly via?: Via;
  /** Host and process of the line, as one number; 0 if unknown. Joins the lines of one session. */
  readonly session: number;
  /** `session` also contains the number that the service gave to the connection; such numbers are not soon reused. */
  readonly isConnectionNumbered?: true;
}

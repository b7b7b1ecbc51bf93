import type { Instant } from "./instant.ts";
import type { Ip } from "./ip.ts";
import type { LoginMethod } from "./login.ts";

/** failure: an attempt that failed. success: access granted. neutral: recognized, says nothing. pending: context for later lines of its session. */
export type MatchKind = "failure" | "success" | "neutral" | "pending";

/**
 * How a failure line relates to the attempts of its session.
 * each: is an attempt of its own, and the one an `early` line announced.
 * early: announces an attempt that an `each` line may still confirm.
 * once: tells of a session as a whole, so it counts only when nothing of that session has counted.
 */
export type Counting = "each" | "early" | "once";

/** One line can stand for no more attempts than this, whoever wrote it. */
export const MAX_REPEATED = 100_000;

/** What a success line tells of how access was won. */
export interface MatchedLogin {
  readonly method: LoginMethod;
  /** The peer's port: with its address, one connection. */
  readonly port: number | undefined;
}

/** What a filter extracted from one line. */
export interface Match {
  readonly kind: MatchKind;
  readonly rule: string;
  readonly counting: Counting;
  readonly ip: Ip | undefined;
  /** The last line of its session: what the same process number says later is about another one. */
  readonly closes: boolean;
  /** The peer's name where the line gives that instead of an address. Never resolved: whoever owns the zone chooses the answer. */
  readonly host: string | undefined;
  readonly user: string | undefined;
  /** The line has a place for a user, and it is empty: no name from another line belongs there. */
  readonly isUserEmpty?: true;
  /** Of a success only. */
  readonly login: MatchedLogin | undefined;
  /** Attempts the line stands for, a whole number from 0 to MAX_REPEATED: n in "message repeated n times", `{count}`. */
  readonly repeated: number;
  /** When the log says it happened, already held against arrival (see parse/header/place-in-time.ts). */
  readonly at: Instant;
  /** Whether a time could be read; otherwise `at` is the moment of reading, which says nothing about an older line. */
  readonly isTimed: boolean;
  /** Host and process the line came from, as one number; 0 when unknown. Joins the lines of one session. */
  readonly session: number;
}

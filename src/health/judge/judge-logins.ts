/**
 * Judges whether a jail's lines account for the logins that programs recorded in btmp and wtmp. Tolerates fewer than
 * `MIN_UNLOGGED` missing lines among the last `COMPARED` records. A fault ends when no line was missing among the last
 * `MIN_LOGGED` records and for `LOGGED_MS`.
 */
import { amount } from "../../domain/amount.ts";
import { duration, formatDuration } from "../../domain/duration.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { nameAddresses } from "./name-addresses.ts";

export interface ComparedRecord {
  readonly outcome: "failed" | "succeeded";
  readonly ip: Ip;
  readonly at: Instant;
  /** Whether the jail read a line about the login. */
  readonly isLogged: boolean;
  /** Time of a line about the same address that has no record; undefined: none. */
  readonly lineAt: Instant | undefined;
}

/**
 * none: nothing was recorded for this jail. logged: lines account for the records. pending: too few or too recent
 * records lack a line. unlogged: logins are recorded and their lines do not come.
 */
export interface LoginJudgment {
  readonly verdict: "none" | "logged" | "pending" | "unlogged";
  readonly evidence: string;
}

/** Maximum delay of a line. */
const LINE_DELAY_MS = 15_000;
/** Number and age of the records that the verdict uses. */
const COMPARED = 20;
const COMPARED_MS = 600_000;
const MIN_UNLOGGED = 3;
const MIN_LOGGED = 5;
const LOGGED_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Judges the records, oldest first. */
export function judgeLogins(records: readonly ComparedRecord[], now: Instant): LoginJudgment {
  const due = records.filter(({ at, isLogged }) => isLogged || at <= now - LINE_DELAY_MS);
  const last = due.filter(({ at }) => at > now - COMPARED_MS).slice(-COMPARED);
  const unlogged = last.filter(({ isLogged }) => !isLogged);
  if (unlogged.length >= MIN_UNLOGGED && !isOver(last, now))
    return { verdict: "unlogged", evidence: describeUnlogged(last, unlogged) };
  const hour = due.filter(({ at }) => at > now - HOUR_MS);
  if (hour.some(({ isLogged }) => isLogged))
    return { verdict: "logged", evidence: describeHour(hour) };
  if (unlogged.length > 0)
    return { verdict: "pending", evidence: describeUnlogged(last, unlogged) };
  return { verdict: "none", evidence: "btmp has no recent login of this jail" };
}

/** Reports whether lines come again. */
function isOver(records: readonly ComparedRecord[], now: Instant): boolean {
  const index = records.findLastIndex(({ isLogged }) => !isLogged);
  const missedAt = records[index]?.at ?? 0;
  return records.length - 1 - index >= MIN_LOGGED && now - missedAt >= LOGGED_MS;
}

/** Returns, for example, "312 of 312 failed logins in the last hour". */
function describeHour(hour: readonly ComparedRecord[]): string {
  const parts = (["failed", "succeeded"] as const).flatMap((outcome) => {
    const all = hour.filter((record) => record.outcome === outcome);
    const logged = all.filter(({ isLogged }) => isLogged).length;
    return all.length === 0 ? [] : [`${logged} of ${amount(all.length, nounOf(outcome))}`];
  });
  return `${parts.join(" and ")} in the last hour`;
}

function describeUnlogged(
  last: readonly ComparedRecord[],
  unlogged: readonly ComparedRecord[],
): string {
  const [first] = unlogged;
  if (first === undefined) return "";
  const since = last.filter(({ at }) => at >= first.at);
  const read = since.length - unlogged.length;
  const failures = since.every(({ outcome }) => outcome === "failed");
  const logins = amount(since.length, nounOf(failures ? "failed" : "succeeded"));
  const where = failures ? "btmp" : "btmp and wtmp";
  const seen = `${where} recorded ${logins} since ${formatInstant(first.at)}, and the jail read lines of ${read}; missing: ${nameAddresses(unlogged)}`;
  const shifted = unlogged.find(({ lineAt }) => lineAt !== undefined);
  if (shifted?.lineAt === undefined) return seen;
  const apart = shifted.lineAt - shifted.at;
  const direction = apart < 0 ? "earlier" : "later";
  const length = formatDuration(duration(Math.abs(apart)));
  return `${seen}; a line about ${shifted.ip} has a time ${length} ${direction}`;
}

function nounOf(outcome: ComparedRecord["outcome"]): string {
  return outcome === "failed" ? "failed login" : "login";
}

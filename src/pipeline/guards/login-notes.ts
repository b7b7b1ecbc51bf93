/** Joins the logins of one batch of lines by account, subject and method, until they are committed with it. */
import type { BookStep } from "../../domain/ban-book.ts";
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import { subjectOf } from "../../domain/counting-prefix.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { LOGIN_IPV6_PREFIX, type Login, type LoginNote } from "../../domain/login.ts";
import type { Match } from "../../domain/match.ts";
import { processOf } from "../../parse/filter/session-key.ts";

export interface LoginNotes {
  /** Returns whether it is new: several jails of one filter may see its line. */
  add(login: SeenLogin): boolean;
  /** Returns the notes of the batch so far, for exactly this subject, in the form of the book. */
  of(subject: Subject): readonly Login[];
  /** Returns the notes of the batch so far, for addresses in this network. */
  within(network: Subject): readonly Login[];
  steps(): readonly BookStep[];
}

type SeenConnection = Pick<Match, "login" | "session" | "isConnectionNumbered">;

export interface SeenLogin extends SeenConnection {
  readonly at: Instant;
  readonly ip: Ip;
  readonly account: string;
  readonly filter: string;
  /** Where its line begins in the batch, because several jails of one filter may see it. */
  readonly line: number;
}

const MAX_PORTS = 4;
/** A syslog daemon and the journal write the same line less than this many milliseconds apart. */
const APART_MS = 5000;

/** Above every port: processes are distinguished by numbers from here on, with five digits as ports have. */
const FIRST_PROCESS = 65_536;
const PROCESSES = 100_000 - FIRST_PROCESS;

/**
 * Returns a number for the connection of a login: its port, or else one for the process that reported it. Two logins of
 * one account that one process reports within APART_MS cannot be distinguished from one login in two logs, and count once.
 * undefined: the line has neither, so it counts in each log.
 */
export function connectionOf(match: SeenConnection): number | undefined {
  if (match.login?.port !== undefined) return match.login.port;
  if (match.session === 0) return undefined;
  // Two logs may name the host in different ways, so only its process counts.
  const number = match.isConnectionNumbered === true ? match.session : processOf(match.session);
  return FIRST_PROCESS + (number % PROCESSES);
}

/** Returns whether the login was noted before: the same connection, in the log of another source. */
export function isSameLogin(
  seen: SeenConnection & Pick<SeenLogin, "at">,
  known: { readonly at: number; readonly ports: readonly number[] },
): boolean {
  const connection = connectionOf(seen);
  if (connection === undefined || !known.ports.includes(connection)) return false;
  return Math.abs(seen.at - known.at) <= APART_MS;
}

export function createLoginNotes(): LoginNotes {
  const notes = new Map<string, LoginNote & { readonly line: number }>();

  return {
    add(seen) {
      const { ip, account, filter, at, login, line } = seen;
      const subject = subjectOf(ip, LOGIN_IPV6_PREFIX);
      const method = login?.method ?? "password";
      const key = `${subject} ${filter} ${method} ${account}`;
      const before = notes.get(key);
      if (before?.line === line) return false;
      const connection = connectionOf(seen);
      const ports = [...(connection === undefined ? [] : [connection]), ...(before?.ports ?? [])];
      notes.set(key, {
        subject,
        account,
        filter,
        ip,
        ports: ports.slice(0, MAX_PORTS),
        method,
        at,
        times: (before?.times ?? 0) + 1,
        line,
      });
      return true;
    },
    of: (subject) =>
      notes.size === 0
        ? []
        : [...notes.values()].filter((note) => note.subject === subject).map(asLogin),
    within: (network) =>
      [...notes.values()].filter((note) => subjectsOverlap(network, note.subject)).map(asLogin),
    steps: () =>
      [...notes.values()].map(({ line: _line, ...note }) => ({ kind: "login", ...note })),
  };
}

function asLogin(note: LoginNote): Login {
  const { subject, account, filter, ip, ports, method, at, times } = note;
  const keyAt = method === "key" ? at : undefined;
  return { subject, account, filter, ip, ports, keyAt, firstAt: at, lastAt: at, count: times };
}

/** Joins the logins of one batch of lines by account, subject and method, until they are committed with it. */
import type { BookStep } from "../../domain/ban-book.ts";
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import { subjectOf } from "../../domain/counting-prefix.ts";
import type { Ip } from "../../domain/ip.ts";
import { LOGIN_IPV6_PREFIX, type Login, type LoginNote } from "../../domain/login.ts";
import type { Match } from "../../domain/match.ts";

export interface LoginNotes {
  add(login: SeenLogin): void;
  /** Returns the notes of the batch so far, for exactly this subject, in the form of the book. */
  of(subject: Subject): readonly Login[];
  /** Returns the notes of the batch so far, for addresses in this network. */
  within(network: Subject): readonly Login[];
  steps(): readonly BookStep[];
}

export interface SeenLogin extends Pick<Match, "at" | "login"> {
  readonly ip: Ip;
  readonly account: string;
  readonly filter: string;
  /** Where its line begins in the batch, because several jails of one filter may see it. */
  readonly line: number;
}

const MAX_PORTS = 4;
/** A syslog daemon and the journal write the same line less than this many milliseconds apart. */
const APART_MS = 5000;

/** Returns whether the login was noted before: the same connection, in the log of another source. */
export function isSameLogin(
  { at, login }: Pick<SeenLogin, "at" | "login">,
  known: { readonly at: number; readonly ports: readonly number[] },
): boolean {
  const port = login?.port;
  if (port === undefined || !known.ports.includes(port)) return false;
  return Math.abs(at - known.at) <= APART_MS;
}

export function createLoginNotes(): LoginNotes {
  const notes = new Map<string, LoginNote & { readonly line: number }>();

  return {
    add({ ip, account, filter, at, login, line }) {
      const subject = subjectOf(ip, LOGIN_IPV6_PREFIX);
      const method = login?.method ?? "password";
      const key = `${subject} ${filter} ${method} ${account}`;
      const before = notes.get(key);
      if (before?.line === line) return;
      const port = login?.port;
      const ports = [...(port === undefined ? [] : [port]), ...(before?.ports ?? [])];
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

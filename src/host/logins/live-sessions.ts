/**
 * Lists who is logged in remotely right now. Reads utmp, systemd-logind, and the connections of observed logins, at
 * most every FRESH_MS, because each offense asks, and offenses come by the thousand.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import type { Login } from "../../domain/login.ts";
import type { Presence } from "../../domain/presence.ts";
import { type Endpoint, findEstablished } from "./established.ts";
import { parseLogindSession } from "./logind-session.ts";
import { parseUtmp } from "./utmp.ts";

export interface LiveSessions {
  /**
   * Returns the sessions from the subject; without any, the connections of `logins`, which are earlier logins from it.
   */
  from(subject: Subject, logins: readonly Login[]): readonly Presence[];
  isEstablished(endpoint: Endpoint): boolean;
}

export interface LiveSessionsOptions {
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic: () => number;
  readonly utmp?: string;
  readonly logind?: string;
}

const FRESH_MS = 1500;
const UTMP = "/run/utmp";
const LOGIND = "/run/systemd/sessions";
const MAX_SESSIONS = 4096;
/** Maximum number of connections looked up together. */
const MAX_ENDPOINTS = 64;

export function createLiveSessions(options: LiveSessionsOptions): LiveSessions {
  const { monotonic, utmp = UTMP, logind = LOGIND } = options;
  let sessions: readonly Presence[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  const connections = new Map<Subject, readonly Presence[]>();

  function refresh(): void {
    const now = monotonic();
    if (now - readAt < FRESH_MS) return;
    readAt = now;
    connections.clear();
    sessions = distinct([...logindSessions(logind), ...utmpSessions(utmp)]);
  }

  function connectionsOf(subject: Subject, logins: readonly Login[]): readonly Presence[] {
    const endpoints = logins
      .flatMap((login) => login.ports.map((port) => ({ ip: login.ip, port, login })))
      .filter(({ ip }) => subjectsOverlap(ip, subject))
      .slice(0, MAX_ENDPOINTS);
    if (endpoints.length === 0) return [];
    const known = connections.get(subject);
    if (known !== undefined) return known;
    const established = new Set(findEstablished(endpoints));
    const found = endpoints
      .filter((endpoint) => established.has(endpoint))
      .map(({ ip, port, login }): Presence => {
        const { account, filter, lastAt } = login;
        const by = `${filter}, port ${port}`;
        return { kind: "connection", account, from: ip, since: lastAt, by };
      });
    connections.set(subject, found);
    return found;
  }

  return {
    from(subject, logins) {
      refresh();
      const here =
        sessions.length === 0
          ? []
          : sessions.filter(({ from }) => from === subject || subjectsOverlap(from, subject));
      return here.length > 0 ? here : connectionsOf(subject, logins);
    },
    isEstablished: (endpoint) => findEstablished([endpoint]).length > 0,
  };
}

function utmpSessions(path: string): readonly Presence[] {
  try {
    return parseUtmp(readFileSync(path), process.arch)
      .slice(0, MAX_SESSIONS)
      .filter(({ pid }) => mayLive(pid))
      .map(({ account, ip, since, terminal }) => {
        return { kind: "session", account, from: ip, since, by: terminal };
      });
  } catch {
    // Newer systems have no utmp.
    return [];
  }
}

function logindSessions(folder: string): readonly Presence[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .slice(0, MAX_SESSIONS)
      .flatMap(({ name }) => readLogindSession(join(folder, name)));
  } catch {
    // This system has no systemd.
    return [];
  }
}

function readLogindSession(path: string): readonly Presence[] {
  try {
    const session = parseLogindSession(readFileSync(path, "utf8"));
    if (session === undefined) return [];
    if (session.leader !== undefined && !mayLive(session.leader)) return [];
    const { account, ip, since, by } = session;
    return [{ kind: "session", account, from: ip, since, by }];
  } catch {
    // The session ended in the meantime.
    return [];
  }
}

/**
 * Returns whether a session's first process may still run, because its file may outlive it. If processes are hidden,
 * the file counts.
 */
function mayLive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) || !existsSync("/proc/1");
}

/** Removes duplicates, because logind and utmp list the same sessions. */
function distinct(all: readonly Presence[]): readonly Presence[] {
  const seen = new Set<string>();
  return all.filter(({ account, from }) => {
    const key = `${from} ${account}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

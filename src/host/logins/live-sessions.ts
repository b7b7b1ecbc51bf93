/**
 * Who is logged in from elsewhere right now: utmp and systemd-logind, and the connections of logins that were seen.
 * Read when somebody asks, at most every FRESH_MS: an offense asks, and offenses come by the thousand.
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
  /** `logins`: those seen from the subject; only their own connections count. */
  from(subject: Subject, logins: readonly Login[]): readonly Presence[];
  isEstablished(endpoint: Endpoint): boolean;
}

export interface LiveSessionsOptions {
  /** Milliseconds that only ever grow. */
  readonly monotonic: () => number;
  readonly utmp?: string;
  readonly logind?: string;
}

const FRESH_MS = 1500;
const UTMP = "/run/utmp";
const LOGIND = "/run/systemd/sessions";
const MOST_SESSIONS = 4096;
/** Connections looked for at once. */
const MOST_ENDPOINTS = 64;

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
      .slice(0, MOST_ENDPOINTS);
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
      .slice(0, MOST_SESSIONS)
      .filter(({ pid }) => mayLive(pid))
      .map(({ account, ip, since, terminal }) => {
        return { kind: "session", account, from: ip, since, by: terminal };
      });
  } catch {
    // No utmp here: newer systems have none.
    return [];
  }
}

function logindSessions(folder: string): readonly Presence[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .slice(0, MOST_SESSIONS)
      .flatMap(({ name }) => readLogindSession(join(folder, name)));
  } catch {
    // No systemd here.
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
    // Ended meanwhile.
    return [];
  }
}

/** A session whose first process has ended may stay in the files; where processes are hidden they are believed. */
function mayLive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) || !existsSync("/proc/1");
}

/** logind and utmp list the same sessions. */
function distinct(all: readonly Presence[]): readonly Presence[] {
  const seen = new Set<string>();
  return all.filter(({ account, from }) => {
    const key = `${from} ${account}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

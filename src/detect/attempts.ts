/**
 * Turns the matches of one filter on one source into attempts: services tell of one try in several lines
 * ("Invalid user …", then "Failed password for invalid user …"), and each try must count once.
 *
 * A session is the host and process that wrote the lines. Per session it keeps the address and user seen so far,
 * whether an attempt was announced and not yet confirmed, whether anything counted, and how many attempts wait for
 * an address. Bounded: two generations of MAX_SESSIONS; when the younger is full the older is forgotten, and a session
 * seen again moves to the younger. Idle for MAX_IDLE means another session.
 */
import { duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";
import type { Match } from "../domain/match.ts";

export interface Attempt {
  readonly ip: Ip | undefined;
  readonly user: string | undefined;
  /** New failed attempts this line tells of; 0 when they are already counted. */
  readonly counts: number;
}

export interface AttemptCounter {
  observe(match: Match): Attempt;
}

const MAX_SESSIONS = 5_000;
const MAX_IDLE = duration(10 * 60_000);

interface Session {
  ip: Ip | undefined;
  user: string | undefined;
  announced: boolean;
  counted: boolean;
  waiting: number;
  lastAt: Instant;
}

export function createAttemptCounter(): AttemptCounter {
  let young = new Map<string, Session>();
  let old = new Map<string, Session>();

  function observe(match: Match): Attempt {
    if (match.session === "") {
      return {
        ip: match.ip,
        user: match.user,
        counts: match.kind === "failure" ? match.repeated : 0,
      };
    }
    if (match.kind === "success") {
      young.delete(match.session);
      old.delete(match.session);
      return { ip: match.ip, user: match.user, counts: 0 };
    }
    const session = sessionOf(match);
    session.ip = match.ip ?? session.ip;
    session.user = match.user ?? session.user;
    session.waiting += match.kind === "failure" ? newAttempts(session, match) : 0;
    const counts = session.ip === undefined ? 0 : session.waiting;
    if (session.ip !== undefined) session.waiting = 0;
    return { ip: session.ip, user: session.user, counts };
  }

  function sessionOf(match: Match): Session {
    const known = young.get(match.session) ?? old.get(match.session);
    if (known !== undefined && Math.abs(match.at - known.lastAt) <= MAX_IDLE) {
      known.lastAt = match.at;
      if (old.delete(match.session)) remember(match.session, known);
      return known;
    }
    const session: Session = {
      ip: undefined,
      user: undefined,
      announced: false,
      counted: false,
      waiting: 0,
      lastAt: match.at,
    };
    remember(match.session, session);
    return session;
  }

  function remember(key: string, session: Session): void {
    if (young.size >= MAX_SESSIONS) {
      old = young;
      young = new Map();
    }
    young.set(key, session);
  }

  return { observe };
}

function newAttempts(session: Session, match: Match): number {
  const { announced, counted } = session;
  session.counted = true;
  switch (match.counting) {
    case "each":
      session.announced = false;
      return announced ? Math.max(0, match.repeated - 1) : match.repeated;
    case "early":
      session.announced = true;
      return announced ? 0 : match.repeated;
    case "once":
      return counted ? 0 : match.repeated;
  }
}

/**
 * Turns the matches of one filter on one source into attempts: services tell of one try in several lines
 * ("Invalid user …", then "Failed password for invalid user …"), and each try must count once.
 *
 * A session is the host and process that wrote the lines. Per session it keeps the address and user seen so far,
 * whether an attempt was announced and not yet confirmed, whether anything counted, and how many attempts wait for
 * an address. Idle for MAX_IDLE means another session. Bounded: see session-table.ts.
 */
import { type Duration, duration } from "../domain/duration.ts";
import type { Ip } from "../domain/ip.ts";
import type { Match } from "../domain/match.ts";
import { createSessionTable } from "./session-table.ts";

export interface Attempt {
  readonly ip: Ip | undefined;
  readonly user: string | undefined;
  /** New failed attempts this line tells of; 0 when they are already counted. */
  readonly counts: number;
}

export interface AttemptCounter {
  observe(match: Match): Attempt;
}

export const MAX_IDLE: Duration = duration(10 * 60_000);

export function createAttemptCounter(): AttemptCounter {
  const sessions = createSessionTable();

  function observe(match: Match): Attempt {
    const { ip, user, kind, session: key } = match;
    if (key === 0) return { ip, user, counts: kind === "failure" ? match.repeated : 0 };
    if (kind === "success") {
      // Access granted: what this process tells from now on is no longer about the attempts before.
      if (sessions.find(key) >= 0) sessions.begin(key, match.at);
      return { ip, user, counts: 0 };
    }
    const slot = sessionOf(match);
    if (ip !== undefined) sessions.ip[slot] = ip;
    if (user !== undefined) sessions.user[slot] = user;
    const peer = sessions.ip[slot];
    const attempts = kind === "failure" ? newAttempts(slot, match) : 0;
    const waiting = attempts + (sessions.waiting[slot] ?? 0);
    sessions.waiting[slot] = peer === undefined ? waiting : 0;
    return { ip: peer, user: sessions.user[slot], counts: peer === undefined ? 0 : waiting };
  }

  function sessionOf({ session: key, at }: Match): number {
    const slot = sessions.find(key);
    if (slot < 0 || Math.abs(at - (sessions.lastAt[slot] ?? 0)) > MAX_IDLE)
      return sessions.begin(key, at);
    sessions.lastAt[slot] = at;
    return slot;
  }

  function newAttempts(slot: number, { counting, repeated }: Match): number {
    const announced = sessions.announced[slot] === 1;
    const counted = sessions.counted[slot] === 1;
    sessions.counted[slot] = 1;
    switch (counting) {
      case "each":
        sessions.announced[slot] = 0;
        return announced ? repeated - 1 : repeated;
      case "early":
        sessions.announced[slot] = 1;
        return announced ? 0 : repeated;
      case "once":
        return counted ? 0 : repeated;
    }
  }

  return { observe };
}

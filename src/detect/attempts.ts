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
import { ownText } from "../domain/own-text.ts";
import {
  ANNOUNCED,
  COUNTED,
  LAST_AT,
  NUMBERS,
  WAITING,
  createSessionTable,
} from "./session-table.ts";

export interface Attempt {
  readonly ip: Ip | undefined;
  readonly user: string | undefined;
  /** New failed attempts this line tells of; 0 when they are already counted. */
  readonly counts: number;
}

export interface AttemptCounter {
  observe(match: Match): Attempt;
}

/** Longer names are cut in what a session remembers: whoever writes the log chooses them. */
const MAX_USER = 256;
export const MAX_IDLE: Duration = duration(10 * 60_000);

export function createAttemptCounter(): AttemptCounter {
  const sessions = createSessionTable();
  const { numbers } = sessions;

  function observe(match: Match): Attempt {
    const { ip, user, kind, session: key } = match;
    if (key === 0) return { ip, user, counts: kind === "failure" ? match.repeated : 0 };
    if (kind === "success") {
      // Access granted: what this process tells from now on is no longer about the attempts before.
      if (sessions.find(key) >= 0) sessions.begin(key, match.at);
      return { ip, user, counts: 0 };
    }
    const slot = sessionOf(match);
    if (ip !== undefined) sessions.ip[slot] = ownText(ip);
    if (user !== undefined) sessions.user[slot] = ownText(user.slice(0, MAX_USER));
    const peer = sessions.ip[slot];
    const before = numbers[slot * NUMBERS + WAITING] ?? 0;
    const waiting = before + (kind === "failure" ? newAttempts(slot, match) : 0);
    numbers[slot * NUMBERS + WAITING] = peer === undefined ? waiting : 0;
    return { ip: peer, user: sessions.user[slot], counts: peer === undefined ? 0 : waiting };
  }

  function sessionOf({ session: key, at }: Match): number {
    const slot = sessions.find(key);
    const idle = slot < 0 ? 0 : Math.abs(at - (numbers[slot * NUMBERS + LAST_AT] ?? 0));
    if (slot < 0 || idle > MAX_IDLE) return sessions.begin(key, at);
    numbers[slot * NUMBERS + LAST_AT] = at;
    return slot;
  }

  function newAttempts(slot: number, { counting, repeated }: Match): number {
    const announced = numbers[slot * NUMBERS + ANNOUNCED] === 1;
    const counted = numbers[slot * NUMBERS + COUNTED] === 1;
    numbers[slot * NUMBERS + COUNTED] = 1;
    switch (counting) {
      case "each":
        numbers[slot * NUMBERS + ANNOUNCED] = 0;
        return announced ? repeated - 1 : repeated;
      case "early":
        numbers[slot * NUMBERS + ANNOUNCED] = 1;
        return announced ? 0 : repeated;
      case "once":
        return counted ? 0 : repeated;
    }
  }

  return { observe };
}

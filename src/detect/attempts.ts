/**
 * Turns the matches of one filter on one source into attempts: services tell of one try in several lines
 * ("Invalid user …", then "Failed password for invalid user …"), and each try must count once.
 *
 * A session is the host and process that wrote the lines. Per session it keeps the address and user seen so far,
 * whether an attempt was announced and not yet confirmed, whether anything counted, and how many attempts wait for
 * an address. Another address, or being idle for MAX_IDLE, means another session; so does a line after the closing one,
 * unless it comes at once, speaks of the connection as a whole and names the same address. Bounded: see session-table.ts.
 */
import { type Duration, duration } from "../domain/duration.ts";
import { type Ip, ipv4ToNumber } from "../domain/ip.ts";
import { type Match, MAX_REPEATED } from "../domain/match.ts";
import type { SessionChanges, SessionState } from "../domain/session-state.ts";
import {
  ANNOUNCED,
  CLOSED,
  COUNTED,
  LAST_AT,
  NOTHING_YET,
  NUMBERS,
  PROGRESS,
  WAITING,
  type SessionTable,
  createSessionTable,
} from "./session-table.ts";

export interface Attempt {
  readonly ip: Ip | undefined;
  readonly user: string | undefined;
  /** New failed attempts this line tells of; 0 when they are already counted. */
  readonly counts: number;
}

export interface AttemptCounter {
  /** Which lines it counts: one counter must never see the lines of two sources. undefined: none so far. */
  place: string | undefined;
  observe(match: Match): Attempt;
  /** What has to be saved with the lines observed since the last call, for the sessions to survive a restart. */
  takeChanges(): SessionChanges;
  restore(sessions: Iterable<SessionState>): void;
  /** An independent counter that knows the same sessions, for another place. */
  copy(): AttemptCounter;
}

export const MAX_IDLE: Duration = duration(10 * 60_000);
/** PAM's sum of a connection's failures is written just after the connection's last line. */
const AFTERMATH_MS = 30_000;

export function createAttemptCounter(): AttemptCounter {
  return createCounterOver(createSessionTable());
}

function createCounterOver(sessions: SessionTable): AttemptCounter {
  const { numbers } = sessions;

  function observe(match: Match): Attempt {
    if (match.session === 0) {
      // No session in which the address could still come.
      if (match.ip === undefined) return { ip: undefined, user: match.user, counts: 0 };
      // Where no process is named, as in a container's log, its peer tells one session from another.
      return observe({ ...match, session: sessionOfPeer(match.ip) });
    }
    const { ip, user, kind, session: key } = match;
    if (kind === "success") {
      // Access granted: what this process tells from now on is no longer about the attempts before.
      const known = sessions.find(key);
      if (known >= 0) sessions.touch(sessions.begin(key, match.at, known));
      return { ip, user, counts: 0 };
    }
    const slot = sessionOf(match);
    sessions.touch(slot);
    if (user !== undefined) sessions.noteUser(slot, user);
    const peer = ip ?? sessions.peerOf(slot);
    const before = numbers[slot * NUMBERS + WAITING] ?? 0;
    const waiting = Math.min(
      before + (kind === "failure" ? newAttempts(slot, match) : 0),
      MAX_REPEATED,
    );
    numbers[slot * NUMBERS + WAITING] = peer === undefined ? waiting : 0;
    if (match.closes) close(slot);
    return {
      ip: peer,
      user: user ?? sessions.userOf(slot),
      counts: peer === undefined ? 0 : waiting,
    };
  }

  /** Below every key of a process. Addresses that share one are told apart as sessions are, by their peer. */
  function sessionOfPeer(ip: Ip): number {
    if (!ip.includes(":")) return -1 - ipv4ToNumber(ip);
    let hash = 0;
    for (let i = 0; i < ip.length; i++) hash = (Math.imul(hash, 31) + ip.charCodeAt(i)) >>> 0;
    return -1 - 2 ** 32 - hash;
  }

  function sessionOf(match: Match): number {
    const { session: key, at, ip } = match;
    const slot = sessions.find(key);
    const idle = slot < 0 ? 0 : Math.abs(at - (numbers[slot * NUMBERS + LAST_AT] ?? 0));
    if (slot < 0 || idle > MAX_IDLE) return beginSession(match, slot);
    if (isClosed(slot) && !isAftermath(match, slot, idle)) return beginSession(match, slot);
    // One session has one peer: another address means that the process id came back, or serves many.
    if (ip !== undefined && !sessions.meetPeer(slot, ip)) return beginSession(match, slot);
    numbers[slot * NUMBERS + LAST_AT] = at;
    return slot;
  }

  function beginSession({ session: key, at, ip }: Match, known: number): number {
    const slot = sessions.begin(key, at, known);
    if (ip !== undefined) sessions.meetPeer(slot, ip);
    return slot;
  }

  function close(slot: number): void {
    if (!isClosed(slot)) numbers[slot * NUMBERS + PROGRESS] = progressOf(slot) + CLOSED;
  }

  /** Whether a line after the closing one still speaks of that connection. */
  function isAftermath({ kind, counting, closes, ip }: Match, slot: number, idle: number): boolean {
    const aboutAll = closes || (kind === "failure" && counting === "once");
    if (!aboutAll || ip === undefined || idle > AFTERMATH_MS) return false;
    return sessions.meetPeer(slot, ip);
  }

  function isClosed(slot: number): boolean {
    return progressOf(slot) >= CLOSED;
  }

  function progressOf(slot: number): number {
    return numbers[slot * NUMBERS + PROGRESS] ?? NOTHING_YET;
  }

  function newAttempts(slot: number, { counting, repeated }: Match): number {
    // A line that says "0 failures" tells of no attempt and confirms none.
    if (repeated === 0) return 0;
    const progress = slot * NUMBERS + PROGRESS;
    const closed = isClosed(slot) ? CLOSED : 0;
    const before = progressOf(slot) - closed;
    switch (counting) {
      case "each":
        numbers[progress] = COUNTED + closed;
        return before === ANNOUNCED ? repeated - 1 : repeated;
      case "early":
        numbers[progress] = ANNOUNCED + closed;
        return before === ANNOUNCED ? 0 : repeated;
      case "once":
        if (before !== NOTHING_YET) return 0;
        numbers[progress] = COUNTED + closed;
        return repeated;
    }
  }

  return {
    place: undefined,
    observe,
    takeChanges: () => sessions.takeChanges(),
    restore: (saved) => sessions.restore(saved),
    copy: () => createCounterOver(sessions.copy()),
  };
}

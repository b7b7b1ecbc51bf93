/**
 * Combines the matches of one filter on one source to attempts. Services log one attempt in several lines ("Invalid
 * user …", then "Failed password for invalid user …"), and each attempt must count once.
 *
 * A session is the host and process that wrote the lines. It keeps the last address and user, whether an attempt was
 * announced and not yet confirmed, whether anything counted, and how many attempts wait for an address. Another
 * address, or MAX_IDLE without a line (MAX_CONNECTION_IDLE if the service numbers connections), begins another session.
 * So does a line after the closing one, unless it follows immediately, reports on the whole connection, has the same
 * address, and is no second failure of a closing rule: a connection ends once. A process that logs another peer before a
 * session of it was closed serves several peers at the same time: from then on its lines without an address have no
 * known peer. Bounded: see session-table.ts.
 */
import { type Duration, duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import { type Ip, ipv4ToNumber } from "../domain/ip.ts";
import { type Match, MAX_REPEATED } from "../domain/match.ts";
import type { SessionChanges, SessionState } from "../domain/session-state.ts";
import { ClosingRules } from "./closing-rules.ts";
import { ANNOUNCED, CLOSED, COUNTED, NOTHING_YET, SHARED, SessionTable } from "./session-table.ts";

export interface Attempt {
  readonly ip: Ip | undefined;
  readonly user: string | undefined;
  /** Number of failed attempts that this line adds; 0 if they are already counted. */
  readonly counts: number;
  /**
   * Change of the number of attempts without an address: those that this line adds, or that it gives an address
   * (negative). An attempt whose address was in a forgotten line stays one of them.
   */
  readonly unaddressed: number;
}

export interface AttemptCounter {
  /**
   * The place whose lines this counter counts, because it must not get the lines of two sources. undefined: none yet.
   */
  place: string | undefined;
  observe(match: Match): Attempt;
  /** Returns changes to be saved with the lines observed since the last call, so that sessions survive a restart. */
  takeChanges(): SessionChanges;
  restore(sessions: Iterable<SessionState>): void;
  /** Creates an independent counter with the same sessions, for another place. */
  copy(): AttemptCounter;
}

/** A process id may be reused after about this long, and then must not lend the address of the ended process. */
export const MAX_IDLE: Duration = duration(10 * 60_000);
/**
 * Numbers of connections are not reused until the service restarts, and each connection begins with its address. slapd
 * has no limit for idle connections, so a client that waits must not lose its address. A day bounds the error if the
 * line with the address of a later connection was lost. Attempts whose address is not known wait only MAX_IDLE: after a
 * restart of the service the next client with that number would be accused of them.
 */
export const MAX_CONNECTION_IDLE: Duration = duration(86_400_000);
/**
 * How long a process that served several peers counts as doing so. The process id of an ended one is reused about as
 * late.
 */
const SHARED_FOR: Duration = duration(86_400_000);
/**
 * Maximum delay, in milliseconds, of a line about a closed connection: PAM logs its summary of failures just after the
 * connection's last line.
 */
const AFTERMATH_MS = 30_000;

export function createAttemptCounter(): AttemptCounter {
  return new SessionAttemptCounter(new SessionTable());
}

class SessionAttemptCounter implements AttemptCounter {
  place: string | undefined;
  readonly #sessions: SessionTable;
  readonly #closingRules = new ClosingRules();

  constructor(sessions: SessionTable) {
    this.#sessions = sessions;
  }

  observe(match: Match): Attempt {
    const attempt = this.#count(match);
    // An address alone does not identify a session from which the line could take a user.
    const lends = match.session !== 0 && match.isUserEmpty !== true;
    return lends || attempt.user === match.user ? attempt : { ...attempt, user: match.user };
  }

  takeChanges(): SessionChanges {
    return this.#sessions.takeChanges();
  }

  restore(saved: Iterable<SessionState>): void {
    this.#sessions.restore(saved);
  }

  copy(): AttemptCounter {
    return new SessionAttemptCounter(this.#sessions.copy());
  }

  #count(match: Match): Attempt {
    const { ip, host, user, kind, session: key } = match;
    if (key === 0) {
      // The line has no session from which an address could still come.
      if (ip === undefined)
        return { ip, user, counts: 0, unaddressed: kind === "failure" ? match.repeated : 0 };
      // If no process is named, as in a container's log, the peer distinguishes sessions.
      return this.#count({ ...match, session: sessionOfPeer(ip) });
    }
    if (kind === "success") return this.#observeSuccess(match);
    if (kind === "neutral" && !match.closes) return this.#lookAt(match);
    if (ip === undefined && host !== undefined) return this.#observeNamed(match);
    const slot = this.#sessionOf(match);
    this.#sessions.touch(slot);
    if (user !== undefined) this.#sessions.noteUser(slot, user);
    const shared = this.#isShared(slot);
    const peer = ip ?? (shared ? undefined : this.#sessions.peerOf(slot));
    const before = this.#sessions.waiting(slot);
    const isCounted = kind === "failure" && (peer !== undefined || !shared);
    const waiting = Math.min(
      before + (isCounted ? this.#newAttempts(slot, match) : 0),
      MAX_REPEATED,
    );
    const stillWaiting = peer === undefined ? waiting : 0;
    const lost = kind === "failure" && !isCounted ? match.repeated : 0;
    this.#sessions.setWaiting(slot, stillWaiting);
    if (match.closes) this.#close(slot, match);
    return {
      ip: peer,
      user: user ?? (shared ? undefined : this.#sessions.userOf(slot)),
      counts: peer === undefined ? 0 : waiting,
      unaddressed: stillWaiting - before + lost,
    };
  }

  /** Counts a success. Later lines of this process are not about the attempts before it. */
  #observeSuccess(match: Match): Attempt {
    const { ip, user, at, session: key } = match;
    const known = this.#sessions.find(key);
    if (known >= 0) {
      const flags = this.#flagsFor(known, at, ip);
      const peer = this.#peerAfterSuccess(known, match);
      const slot = this.#renew(key, at, known, flags);
      if (peer !== undefined) this.#sessions.meetPeer(slot, peer);
      this.#sessions.touch(slot);
    }
    return { ip, user, counts: 0, unaddressed: 0 };
  }

  /** A client may log in and then guess the passwords of others on the same connection. */
  #peerAfterSuccess(slot: number, match: Match): Ip | undefined {
    if (match.isConnectionNumbered !== true) return undefined;
    const isOver = this.#isClosed(slot) || this.#isExpired(slot, match);
    return match.ip ?? (isOver ? undefined : this.#sessions.peerOf(slot));
  }

  /** Looks up the session of a line that does not change it. */
  #lookAt(match: Match): Attempt {
    const { ip, user, session: key } = match;
    const slot = this.#sessions.find(key);
    const known =
      slot >= 0 && !this.#isShared(slot) && !this.#isClosed(slot) && !this.#isExpired(slot, match);
    if (!known) return { ip, user, counts: 0, unaddressed: 0 };
    return {
      ip: ip ?? this.#sessions.peerOf(slot),
      user: user ?? this.#sessions.userOf(slot),
      counts: 0,
      unaddressed: 0,
    };
  }

  /**
   * Counts a line that names its peer without an address. Whether that is the peer of neighboring lines is unknown, so
   * the line counts against no address, and takes no address from those lines.
   */
  #observeNamed(match: Match): Attempt {
    const { user, kind, at, closes, repeated, session: key } = match;
    const known = this.#sessions.find(key);
    const slot =
      known >= 0 && !this.#isExpired(known, match) ? known : this.#renew(key, at, known, SHARED);
    this.#sessions.setProgress(slot, this.#sessions.progress(slot) | SHARED);
    this.#sessions.setWaiting(slot, 0);
    this.#sessions.setLastAt(slot, at);
    if (closes) this.#close(slot, match);
    this.#sessions.touch(slot);
    return { ip: undefined, user, counts: 0, unaddressed: kind === "failure" ? repeated : 0 };
  }

  #sessionOf(match: Match): number {
    const { session: key, at, ip } = match;
    const slot = this.#sessions.find(key);
    if (slot < 0 || this.#isExpired(slot, match)) return this.#beginSession(match, slot);
    if (this.#isClosed(slot) && !this.#isAftermath(match, slot, this.#idleOf(slot, at)))
      return this.#beginSession(match, slot);
    // One session has one peer: another address means that the process id was reused, or serves several peers.
    if (ip !== undefined && !this.#sessions.meetPeer(slot, ip))
      return this.#beginSession(match, slot);
    this.#sessions.setLastAt(slot, at);
    return slot;
  }

  #beginSession({ session: key, at, ip }: Match, known: number): number {
    const slot = this.#renew(key, at, known, known < 0 ? 0 : this.#flagsFor(known, at, ip));
    if (ip !== undefined) this.#sessions.meetPeer(slot, ip);
    return slot;
  }

  #renew(key: number, at: Instant, known: number, flags: number): number {
    const slot = this.#sessions.begin(key, at, known);
    this.#sessions.setProgress(slot, NOTHING_YET + flags);
    return slot;
  }

  /**
   * Returns the flags that remain true in a process's next session: that it serves several peers, as another address
   * shows.
   */
  #flagsFor(slot: number, at: Instant, ip: Ip | undefined): number {
    if (this.#idleOf(slot, at) > SHARED_FOR) return 0;
    if (this.#isShared(slot)) return SHARED;
    return ip !== undefined && !this.#isClosed(slot) && this.#sessions.hasOtherPeer(slot, ip)
      ? SHARED
      : 0;
  }

  #isExpired(slot: number, { at, isConnectionNumbered }: Match): boolean {
    const isKept = isConnectionNumbered === true && this.#sessions.waiting(slot) === 0;
    return this.#idleOf(slot, at) > (isKept ? MAX_CONNECTION_IDLE : MAX_IDLE);
  }

  #idleOf(slot: number, at: Instant): number {
    return Math.abs(at - this.#sessions.lastAt(slot));
  }

  #close(slot: number, { kind, rule }: Match): void {
    const byFailure = kind === "failure" ? this.#closingRules.flagOf(rule) : 0;
    this.#sessions.setProgress(slot, this.#sessions.progress(slot) | CLOSED | byFailure);
  }

  /** Returns whether a line after the closing one still belongs to that connection. */
  #isAftermath({ kind, rule, counting, closes, ip }: Match, slot: number, idle: number): boolean {
    const isFailure = kind === "failure";
    const aboutAll = closes || (isFailure && counting === "once");
    if (!aboutAll || ip === undefined || idle > AFTERMATH_MS) return false;
    // A connection ends once: in a log that numbers neither processes nor connections, this is the end of the next.
    if (isFailure && closes && this.#hasClosed(slot, rule)) return false;
    return this.#sessions.meetPeer(slot, ip);
  }

  #hasClosed(slot: number, rule: string): boolean {
    return (this.#sessions.progress(slot) & this.#closingRules.flagOf(rule)) !== 0;
  }

  #isClosed(slot: number): boolean {
    return (this.#sessions.progress(slot) & CLOSED) !== 0;
  }

  #isShared(slot: number): boolean {
    return (this.#sessions.progress(slot) & SHARED) !== 0;
  }

  #newAttempts(slot: number, { counting, repeated }: Match): number {
    // A line with "0 failures" reports no attempt and confirms none.
    if (repeated === 0) return 0;
    const progress = this.#sessions.progress(slot);
    const before = progress & (COUNTED | ANNOUNCED);
    const flags = progress - before;
    switch (counting) {
      case "each":
        this.#sessions.setProgress(slot, COUNTED + flags);
        return before === ANNOUNCED ? repeated - 1 : repeated;
      case "early":
        this.#sessions.setProgress(slot, ANNOUNCED + flags);
        return before === ANNOUNCED ? 0 : repeated;
      case "once":
        if (before !== NOTHING_YET) return 0;
        this.#sessions.setProgress(slot, COUNTED + flags);
        return repeated;
    }
  }
}

/**
 * Returns a session key for a peer, below every key of a process. Peers with the same key are separated as in any
 * session.
 */
function sessionOfPeer(ip: Ip): number {
  if (!ip.includes(":")) return -1 - ipv4ToNumber(ip);
  let hash = 0;
  for (let i = 0; i < ip.length; i++) hash = (Math.imul(hash, 31) + ip.charCodeAt(i)) >>> 0;
  return -1 - 2 ** 32 - hash;
}

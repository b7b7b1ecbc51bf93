/**
 * Keeps the state of each session in flat columns: a busy log names thousands of new processes per second, which
 * neither objects nor a hash map can handle. Memory is fixed from the first session on: SETS sets of WAYS slots. The key of a session selects its
 * set. In a full set a new session replaces a closed one if there is any, because a client that opens and closes many
 * connections could otherwise evict a session that is still open; otherwise the least recently used one.
 */
import { type Instant, instant } from "../domain/instant.ts";
import { type Ip, ipv4FromNumber, ipv4ToNumber } from "../domain/ip.ts";
import { detachString } from "../domain/detach-string.ts";
import type { SessionChanges, SessionState } from "../domain/session-state.ts";

/** Columns of a slot, stored next to each other because each line of a log uses another slot. */
const NUMBERS = 4;
const LAST_AT = 0;
const WAITING = 1;
const PROGRESS = 2;
/**
 * Column of the address: IPv4 as a number, or one of the two values below. A string would be allocated and collected
 * for each line.
 */
const PEER = 3;
const NO_PEER = -1;
const PEER_IN_TEXT = -2;

export const NOTHING_YET = 0;
/** An attempt of this session counted. */
export const COUNTED = 1;
/** An `early` line announced an attempt that no `each` line has confirmed yet. */
export const ANNOUNCED = 2;
/** Added to one of these states when the session has ended. */
export const CLOSED = 4;
/** Added to any of these: the process serves several peers, so a line without an address has no known peer. */
export const SHARED = 8;
/**
 * Added to any of these, times two for each further rule: a failure of that rule has closed the session. Not saved,
 * because the rules are numbered as they come.
 */
export const CLOSED_BY_FIRST: number = 16;

/** Maximum length of a stored name, because the writer of the log chooses it. */
const MAX_USER_LENGTH = 256;

/** Sizes are powers of two; eight keys of eight bytes fill a cache line. */
const SETS = 512;
const WAYS = 8;
export const MAX_SESSIONS: number = SETS * WAYS;

export class SessionTable {
  // The columns are empty until the first session, because most of a host's jails never see one.
  /** Key of the session in each slot; 0: the slot is free. */
  #keys = new Float64Array();
  /** Serial number of the last use of each slot; the times in a log are not in order. */
  #usedAt = new Float64Array();
  #uses = 0;
  #numbers = new Float64Array();
  /** Addresses that do not fit a number: IPv6 only. */
  #peers: (Ip | undefined)[] = [];
  #users: (string | undefined)[] = [];
  #isChanged = new Uint8Array();
  #changed: number[] = [];
  #isWhole = false;

  /** Returns the slot of a session, -1 when it is unknown. */
  find(key: number): number {
    const keys = this.#keys;
    const first = setOf(key) * WAYS;
    for (let slot = first; slot < first + WAYS; slot++) if (keys[slot] === key) return slot;
    return -1;
  }

  /** Clears a slot for a new session and returns it; `known`, which `find` returned, is reused. */
  begin(key: number, at: Instant, known: number): number {
    const slot = known < 0 ? this.#claim(key) : known;
    const first = slot * NUMBERS;
    this.#users[slot] = undefined;
    this.#numbers[first + PEER] = NO_PEER;
    this.setLastAt(slot, at);
    this.#numbers[first + WAITING] = 0;
    this.#numbers[first + PROGRESS] = NOTHING_YET;
    return slot;
  }

  #allocate(): void {
    if (this.#keys.length > 0) return;
    this.#keys = new Float64Array(MAX_SESSIONS);
    this.#usedAt = new Float64Array(MAX_SESSIONS);
    this.#numbers = new Float64Array(MAX_SESSIONS * NUMBERS);
    this.#peers = new Array<Ip | undefined>(MAX_SESSIONS).fill(undefined);
    this.#users = new Array<string | undefined>(MAX_SESSIONS).fill(undefined);
    this.#isChanged = new Uint8Array(MAX_SESSIONS);
  }

  #claim(key: number): number {
    this.#allocate();
    const first = setOf(key) * WAYS;
    let replaced = first;
    for (let slot = first + 1; slot < first + WAYS; slot++)
      if (this.#isReplacedBefore(slot, replaced)) replaced = slot;
    this.#keys[replaced] = key;
    return replaced;
  }

  #isReplacedBefore(slot: number, other: number): boolean {
    const isOver = this.#isOver(slot);
    if (isOver !== this.#isOver(other)) return isOver;
    return (this.#usedAt[slot] ?? 0) < (this.#usedAt[other] ?? 0);
  }

  #isOver(slot: number): boolean {
    return this.#keys[slot] === 0 || (this.progress(slot) & CLOSED) !== 0;
  }

  /** Returns the time of the session's last line. */
  lastAt(slot: number): number {
    return this.#number(slot, LAST_AT);
  }

  setLastAt(slot: number, at: Instant): void {
    this.#numbers[slot * NUMBERS + LAST_AT] = at;
    this.#uses++;
    this.#usedAt[slot] = this.#uses;
  }

  /** Returns the number of attempts that wait for an address. */
  waiting(slot: number): number {
    return this.#number(slot, WAITING);
  }

  setWaiting(slot: number, attempts: number): void {
    this.#numbers[slot * NUMBERS + WAITING] = attempts;
  }

  /** Returns NOTHING_YET, COUNTED or ANNOUNCED, with CLOSED and SHARED added. */
  progress(slot: number): number {
    return this.#number(slot, PROGRESS);
  }

  setProgress(slot: number, progress: number): void {
    this.#numbers[slot * NUMBERS + PROGRESS] = progress;
  }

  /** Returns the most recent address. */
  peerOf(slot: number): Ip | undefined {
    const peer = this.#number(slot, PEER);
    if (peer === PEER_IN_TEXT) return this.#peers[slot];
    return peer === NO_PEER ? undefined : ipv4FromNumber(peer);
  }

  /** Records the address. Returns false, without recording it, if another one was recorded before. */
  meetPeer(slot: number, ip: Ip): boolean {
    const known = this.#number(slot, PEER);
    const number = ipv4ToNumber(ip);
    const isText = number < 0;
    const peer = isText ? PEER_IN_TEXT : number;
    if (known === peer && (!isText || this.#peers[slot] === ip)) return true;
    if (known !== NO_PEER) return false;
    this.#numbers[slot * NUMBERS + PEER] = peer;
    if (isText) this.#peers[slot] = detachString(ip);
    return true;
  }

  /** Returns whether another address was recorded before. */
  hasOtherPeer(slot: number, ip: Ip): boolean {
    const known = this.#number(slot, PEER);
    if (known === NO_PEER) return false;
    return known === PEER_IN_TEXT ? this.#peers[slot] !== ip : known !== ipv4ToNumber(ip);
  }

  userOf(slot: number): string | undefined {
    return this.#users[slot];
  }

  noteUser(slot: number, user: string): void {
    if (this.#users[slot] !== user)
      this.#users[slot] = detachString(user.slice(0, MAX_USER_LENGTH));
  }

  /** Marks a session as changed: the next `takeChanges` returns it. */
  touch(slot: number): void {
    if (this.#isChanged[slot] === 1) return;
    this.#isChanged[slot] = 1;
    this.#changed.push(slot);
  }

  takeChanges(): SessionChanges {
    const sessions = this.#changed.map((slot) => this.#stateOf(slot));
    const changes = { whole: this.#isWhole, sessions };
    for (const slot of this.#changed) this.#isChanged[slot] = 0;
    this.#changed = [];
    this.#isWhole = false;
    return changes;
  }

  /** Adds saved sessions to the table. */
  restore(sessions: Iterable<SessionState>): void {
    for (const { slot, key, at, waiting, progress, peer, user } of sessions) {
      // A version with another layout wrote this session. It would never be found, so it is skipped.
      if (slot >= MAX_SESSIONS || Math.floor(slot / WAYS) !== setOf(key)) continue;
      this.#allocate();
      this.#keys[slot] = key;
      this.begin(key, at, slot);
      this.setWaiting(slot, waiting);
      this.setProgress(slot, progress % CLOSED_BY_FIRST);
      if (peer !== undefined) this.meetPeer(slot, peer);
      if (user !== undefined) this.noteUser(slot, user);
    }
  }

  /** Creates an independent table of the same sessions; all of them are its first changes. */
  copy(): SessionTable {
    const table = new SessionTable();
    const slots = [...this.#keys.keys()].filter((slot) => this.#keys[slot] !== 0);
    table.restore(slots.map((slot) => this.#stateOf(slot)));
    for (const slot of slots) table.touch(slot);
    table.#isWhole = true;
    return table;
  }

  #stateOf(slot: number): SessionState {
    return {
      slot,
      key: this.#keys[slot] ?? 0,
      at: instant(this.lastAt(slot)),
      waiting: this.waiting(slot),
      progress: this.progress(slot),
      peer: this.peerOf(slot),
      user: this.userOf(slot),
    };
  }

  #number(slot: number, column: number): number {
    return this.#numbers[slot * NUMBERS + column] ?? 0;
  }
}

function setOf(key: number): number {
  const high = Math.floor(key / 2 ** 32);
  // Multiplying by odd constants spreads neighboring process ids; the upper nine bits choose the set.
  return Math.imul(key ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> 23;
}

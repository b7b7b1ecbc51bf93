/**
 * What is known of each session, in flat columns: a busy log names thousands of new processes a second, and neither
 * objects nor a hash map keep up with that. Memory is fixed: SETS sets of WAYS slots. A session lives in the one set
 * its key falls into, where the one begun longest ago makes room, so it is remembered until thousands of others came.
 */
import { type Instant, instant } from "../domain/instant.ts";
import { type Ip, ipv4FromNumber, ipv4ToNumber } from "../domain/ip.ts";
import { detachString } from "../domain/detach-string.ts";
import type { SessionChanges, SessionState } from "../domain/session-state.ts";

export interface SessionTable {
  /** The slot of a session, -1 when it is not known. */
  find(key: number): number;
  /** The slot of a session of which nothing is known yet; `known` is what `find` gave, and is used again. */
  begin(key: number, at: Instant, known: number): number;
  /** The address seen last. */
  peerOf(slot: number): Ip | undefined;
  /** Notes the address; false, and nothing noted, when another one was seen before. */
  meetPeer(slot: number, ip: Ip): boolean;
  /** Whether an address was seen, and it is another one. */
  hasOtherPeer(slot: number, ip: Ip): boolean;
  userOf(slot: number): string | undefined;
  noteUser(slot: number, user: string): void;
  /** To be called after a session changed: it is among the next `takeChanges`. */
  touch(slot: number): void;
  takeChanges(): SessionChanges;
  /** Takes over sessions as they were saved. */
  restore(sessions: Iterable<SessionState>): void;
  /** An independent table of the same sessions; all of them are its first changes. */
  copy(): SessionTable;
  /** What was saved before is void with the next changes. */
  markWhole(): void;
  /** Four numbers a slot: see LAST_AT and the others. Side by side, because each line of a log touches another slot. */
  readonly numbers: Float64Array;
}

/** Places in `numbers`: `numbers[slot * NUMBERS + LAST_AT]`. */
export const NUMBERS = 4;
export const LAST_AT = 0;
/** Attempts that wait for an address. */
export const WAITING = 1;
/** How far counting got: NOTHING_YET, COUNTED or ANNOUNCED. */
export const PROGRESS = 2;
/** An IPv4 address as a number, or one of the two below: a text would be kept, copied and collected for each line. */
const PEER = 3;
const NO_PEER = -1;
const PEER_IN_TEXT = -2;

export const NOTHING_YET = 0;
/** Something of this session counted. */
export const COUNTED = 1;
/** And an `early` line announced an attempt that no `each` line has confirmed yet. */
export const ANNOUNCED = 2;
/** Added to any of these once the last line of the session came. */
export const CLOSED = 4;
/** Added to any of these: the process speaks of several peers, so nobody knows whom a line without an address means. */
export const SHARED = 8;

/** Longer names are cut: whoever writes the log chooses them. */
const MAX_USER = 256;

/** Powers of two; eight keys of eight bytes are one line of the processor's cache. */
const SETS = 512;
const WAYS = 8;
export const MAX_SESSIONS: number = SETS * WAYS;

export function createSessionTable(): SessionTable {
  /** 0: a free slot. */
  const keys = new Float64Array(MAX_SESSIONS);
  /** Per set the slot begun longest ago. */
  const oldest = new Uint8Array(SETS);
  const numbers = new Float64Array(MAX_SESSIONS * NUMBERS);
  /** IPv6 only. */
  const peers = new Array<Ip | undefined>(MAX_SESSIONS).fill(undefined);
  const users = new Array<string | undefined>(MAX_SESSIONS).fill(undefined);
  const isChanged = new Uint8Array(MAX_SESSIONS);
  let changed: number[] = [];
  let whole = false;

  function find(key: number): number {
    const first = setOf(key) * WAYS;
    for (let slot = first; slot < first + WAYS; slot++) if (keys[slot] === key) return slot;
    return -1;
  }

  function begin(key: number, at: Instant, known: number): number {
    const slot = known < 0 ? claim(key) : known;
    users[slot] = undefined;
    numbers[slot * NUMBERS + PEER] = NO_PEER;
    numbers[slot * NUMBERS + LAST_AT] = at;
    numbers[slot * NUMBERS + WAITING] = 0;
    numbers[slot * NUMBERS + PROGRESS] = NOTHING_YET;
    return slot;
  }

  function claim(key: number): number {
    const set = setOf(key);
    const way = oldest[set] ?? 0;
    oldest[set] = (way + 1) % WAYS;
    keys[set * WAYS + way] = key;
    return set * WAYS + way;
  }

  function peerOf(slot: number): Ip | undefined {
    const peer = numbers[slot * NUMBERS + PEER] ?? NO_PEER;
    if (peer === PEER_IN_TEXT) return peers[slot];
    return peer === NO_PEER ? undefined : ipv4FromNumber(peer);
  }

  function meetPeer(slot: number, ip: Ip): boolean {
    const number = ipv4ToNumber(ip);
    const inText = number < 0;
    const peer = inText ? PEER_IN_TEXT : number;
    const known = numbers[slot * NUMBERS + PEER];
    if (known === peer && (!inText || peers[slot] === ip)) return true;
    if (known !== NO_PEER) return false;
    numbers[slot * NUMBERS + PEER] = peer;
    if (inText) peers[slot] = detachString(ip);
    return true;
  }

  function hasOtherPeer(slot: number, ip: Ip): boolean {
    const known = numbers[slot * NUMBERS + PEER];
    if (known === NO_PEER) return false;
    return known === PEER_IN_TEXT ? peers[slot] !== ip : known !== ipv4ToNumber(ip);
  }

  function noteUser(slot: number, user: string): void {
    if (users[slot] !== user) users[slot] = detachString(user.slice(0, MAX_USER));
  }

  function touch(slot: number): void {
    if (isChanged[slot] === 1) return;
    isChanged[slot] = 1;
    changed.push(slot);
  }

  function stateOf(slot: number): SessionState {
    const first = slot * NUMBERS;
    return {
      slot,
      key: keys[slot] ?? 0,
      at: instant(numbers[first + LAST_AT] ?? 0),
      waiting: numbers[first + WAITING] ?? 0,
      progress: numbers[first + PROGRESS] ?? NOTHING_YET,
      peer: peerOf(slot),
      user: users[slot],
    };
  }

  function takeChanges(): SessionChanges {
    const changes = { whole, sessions: changed.map(stateOf) };
    for (const slot of changed) isChanged[slot] = 0;
    changed = [];
    whole = false;
    return changes;
  }

  function restore(sessions: Iterable<SessionState>): void {
    for (const { slot, key, at, waiting, progress, peer, user } of sessions) {
      // Saved by a program with another layout: such a session is not found again, and nothing else happens.
      if (slot >= MAX_SESSIONS || Math.floor(slot / WAYS) !== setOf(key)) continue;
      keys[slot] = key;
      begin(key, at, slot);
      numbers[slot * NUMBERS + WAITING] = waiting;
      numbers[slot * NUMBERS + PROGRESS] = progress;
      if (peer !== undefined) meetPeer(slot, peer);
      if (user !== undefined) noteUser(slot, user);
    }
  }

  function copy(): SessionTable {
    const table = createSessionTable();
    const slots = [...keys.keys()].filter((slot) => keys[slot] !== 0);
    table.restore(slots.map(stateOf));
    for (const slot of slots) table.touch(slot);
    table.markWhole();
    return table;
  }

  return {
    find,
    begin,
    peerOf,
    meetPeer,
    hasOtherPeer,
    userOf: (slot) => users[slot],
    noteUser,
    touch,
    takeChanges,
    restore,
    copy,
    markWhole: () => {
      whole = true;
    },
    numbers,
  };
}

function setOf(key: number): number {
  const high = Math.floor(key / 2 ** 32);
  // Multiplying by odd constants spreads neighboring process ids; the upper nine bits choose the set.
  return Math.imul(key ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> 23;
}

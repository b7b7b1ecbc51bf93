/**
 * What is known of each session, in flat columns: a busy log names thousands of new processes a second, and neither
 * objects nor a hash map keep up with that. Memory is fixed: SETS sets of WAYS slots. A session lives in the one set
 * its key falls into and takes the place of that set's least recently seen one, so it is remembered until thousands of
 * others came.
 */
import type { Instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";

export interface SessionTable {
  /** The slot of a session, -1 when it is not known. */
  find(key: number): number;
  /** The slot of a session of which nothing is known yet, in place of the one there may be. */
  begin(key: number, at: Instant): number;
  readonly lastAt: Float64Array;
  readonly ip: (Ip | undefined)[];
  readonly user: (string | undefined)[];
  /** 1: an `early` line announced an attempt that no `each` line has confirmed yet. */
  readonly announced: Uint8Array;
  /** 1: something of this session counted. */
  readonly counted: Uint8Array;
  /** Attempts that wait for an address. */
  readonly waiting: Float64Array;
}

/** Powers of two; eight keys of eight bytes are one line of the processor's cache. */
const SETS = 512;
const WAYS = 8;
export const MAX_SESSIONS: number = SETS * WAYS;

export function createSessionTable(): SessionTable {
  /** 0: a free slot. */
  const keys = new Float64Array(MAX_SESSIONS);
  const lastAt = new Float64Array(MAX_SESSIONS);
  const ip = new Array<Ip | undefined>(MAX_SESSIONS).fill(undefined);
  const user = new Array<string | undefined>(MAX_SESSIONS).fill(undefined);
  const announced = new Uint8Array(MAX_SESSIONS);
  const counted = new Uint8Array(MAX_SESSIONS);
  const waiting = new Float64Array(MAX_SESSIONS);

  function find(key: number): number {
    const first = firstSlot(key);
    for (let slot = first; slot < first + WAYS; slot++) if (keys[slot] === key) return slot;
    return -1;
  }

  function leastRecent(key: number): number {
    const first = firstSlot(key);
    let slot = first;
    for (let other = first + 1; other < first + WAYS; other++) {
      if ((lastAt[other] ?? 0) < (lastAt[slot] ?? 0)) slot = other;
    }
    return slot;
  }

  function begin(key: number, at: Instant): number {
    const known = find(key);
    const slot = known < 0 ? leastRecent(key) : known;
    keys[slot] = key;
    lastAt[slot] = at;
    ip[slot] = undefined;
    user[slot] = undefined;
    announced[slot] = 0;
    counted[slot] = 0;
    waiting[slot] = 0;
    return slot;
  }

  return { find, begin, lastAt, ip, user, announced, counted, waiting };
}

function firstSlot(key: number): number {
  const high = Math.floor(key / 2 ** 32);
  // Multiplying by odd constants spreads neighboring process ids; the upper nine bits choose the set.
  const mixed = Math.imul(key ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return (mixed >>> 23) * WAYS;
}

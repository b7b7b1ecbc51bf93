/**
 * Keeps a decaying score of each subject in flat arrays: 12 bytes per slot, one slot per subject, at most MAX_SLOTS.
 *
 * A subject is stored as a hash of 32 bits, so two subjects may share a score: of a million subjects, about 230 do. A
 * caller must confirm a high score from another record. Slots are in buckets of WAYS. When a bucket is full, the table
 * doubles; at its maximum, the lowest score of the bucket is evicted. The cost of an addition does not depend on the
 * number of subjects, except that doubling copies the table.
 */
import type { Subject } from "../../domain/cidr.ts";
import type { Duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";

const WAYS = 8;
const FIRST_SLOTS = 1024;
const MAX_SLOTS = 2 ** 19;

export class DecayingScores {
  /** Milliseconds after which a score is half. */
  readonly #halfLife: Duration;
  /** The hash of each slot; 0: free. */
  #hashes = new Uint32Array(FIRST_SLOTS);
  /** Time of the newest addition, in seconds after `#origin`. */
  #times = new Uint32Array(FIRST_SLOTS);
  #scores = new Float32Array(FIRST_SLOTS);
  /** Stored times count from here, so that a step of the clock moves all of them. */
  #origin: number | undefined;
  #evicted = 0;

  constructor(halfLife: Duration) {
    this.#halfLife = halfLife;
  }

  get bytes(): number {
    return this.#hashes.byteLength + this.#times.byteLength + this.#scores.byteLength;
  }

  /** Number of subjects that were evicted. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Adds to the score of a subject, and returns it. An addition before the newest one counts as one at that time. */
  add(subject: Subject, at: Instant, points: number): number {
    // A day earlier, because lines may be late.
    this.#origin ??= at - DAY_MS;
    const seconds = Math.max(0, Math.round((at - this.#origin) / 1000));
    const hash = hashOf(subject);
    const slot = this.#find(hash) ?? this.#claim(hash, seconds);
    const newest = Math.max(seconds, valueAt(this.#times, slot));
    const score = this.#decayed(slot, newest) + points;
    this.#times[slot] = newest;
    this.#scores[slot] = score;
    return score;
  }

  forget(subject: Subject): void {
    const slot = this.#find(hashOf(subject));
    if (slot !== undefined) this.#hashes[slot] = 0;
  }

  shift(step: number): void {
    if (this.#origin !== undefined) this.#origin += step;
  }

  #decayed(slot: number, seconds: number): number {
    const age = (seconds - valueAt(this.#times, slot)) * 1000;
    return valueAt(this.#scores, slot) * 2 ** (-age / this.#halfLife);
  }

  #find(hash: number): number | undefined {
    const base = this.#bucketOf(hash);
    for (let slot = base; slot < base + WAYS; slot++) if (this.#hashes[slot] === hash) return slot;
    return undefined;
  }

  #bucketOf(hash: number): number {
    return (hash & (this.#hashes.length / WAYS - 1)) * WAYS;
  }

  #claim(hash: number, seconds: number): number {
    const slot = this.#freeSlot(hash) ?? this.#makeRoom(hash, seconds);
    this.#hashes[slot] = hash;
    this.#times[slot] = seconds;
    this.#scores[slot] = 0;
    return slot;
  }

  #freeSlot(hash: number): number | undefined {
    const base = this.#bucketOf(hash);
    for (let slot = base; slot < base + WAYS; slot++) if (this.#hashes[slot] === 0) return slot;
    return undefined;
  }

  #makeRoom(hash: number, seconds: number): number {
    while (this.#hashes.length < MAX_SLOTS) {
      this.#grow();
      const slot = this.#freeSlot(hash);
      if (slot !== undefined) return slot;
    }
    this.#evicted++;
    return this.#lowestSlot(this.#bucketOf(hash), seconds);
  }

  /** Returns the slot of a bucket with the lowest score, all compared at one time. */
  #lowestSlot(base: number, seconds: number): number {
    let lowest = base;
    let least = Number.POSITIVE_INFINITY;
    for (let slot = base; slot < base + WAYS; slot++) {
      const score = this.#decayed(slot, seconds);
      if (score >= least) continue;
      least = score;
      lowest = slot;
    }
    return lowest;
  }

  /** Doubles the table. Each bucket is split in two, so that no slot moves into a full one. */
  #grow(): void {
    const [hashes, times, scores] = [this.#hashes, this.#times, this.#scores];
    this.#hashes = new Uint32Array(hashes.length * 2);
    this.#times = new Uint32Array(hashes.length * 2);
    this.#scores = new Float32Array(hashes.length * 2);
    for (const [old, hash] of hashes.entries()) {
      const slot = hash === 0 ? undefined : this.#freeSlot(hash);
      if (slot === undefined) continue;
      this.#hashes[slot] = hash;
      this.#times[slot] = valueAt(times, old);
      this.#scores[slot] = valueAt(scores, old);
    }
  }
}

const DAY_MS = 86_400_000;

function valueAt(values: Uint32Array | Float32Array, index: number): number {
  return values[index] ?? 0;
}

/**
 * Hashes with FNV-1a and the finalizer of MurmurHash3, which spreads similar addresses; never 0. Leaves out the character
 * at `without`, if it is given.
 */
export function hashOf(text: string, without = -1): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++)
    if (i !== without) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash = (hash ^ (hash >>> 16)) >>> 0;
  return hash === 0 ? 1 : hash;
}

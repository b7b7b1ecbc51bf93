/**
 * Determines when a line happened, from its timestamp and its arrival. A timestamp with an offset is believed, however
 * late its line arrives. One in local time may come from a wrong clock or zone: it is shifted by its difference from the
 * arrival, once that has been constant for LEARN_MS. So the time between two timestamps of one host counts as written,
 * and a relay that drains its queue does not compress hours of events into a burst.
 *
 * States per host: learning (`candidate` is the latest difference) and learned. Becomes learned when a difference was
 * constant for LEARN_MS of arrivals; becomes learning when a line would be in the future by the learned difference, or a
 * line comes promptly although its host's clock should be wrong: then the others were late.
 * Bounded: MAX_HOSTS, dropping the oldest first.
 */
import { type Instant, instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";

/** Maximum difference between a live line's timestamp and its arrival that is no fault, in milliseconds. */
export const MAX_SKEW = 60_000;
/**
 * Maximum variation of a constant difference, in milliseconds: timestamps have whole seconds, and writing takes time.
 */
const STEADY_MS = 5000;
/**
 * How long a difference must be constant, in milliseconds of arrivals. A drained queue delivers lines of one second
 * together, so only elapsed time distinguishes it from a wrong clock.
 */
const LEARN_MS = 10_000;
/** Zones differ by multiples of this, in milliseconds. One host has one clock, but its programs may differ in zone. */
const ZONE_STEP_MS = 900_000;
const MAX_HOSTS = 256;
/** Maximum number of reported differences that are remembered per source. */
const MAX_REPORTED = 64;

export interface StampedLine {
  /** The line's timestamp; undefined: it has none. */
  readonly stamp: Instant | undefined;
  /** Whether the timestamp has an offset from UTC, or counts seconds. */
  readonly isExplicit: boolean;
  /** A number that identifies the host. */
  readonly host: number;
}

/** The constant difference between arrival and a host's timestamps. */
export interface ClockDifference {
  readonly host: number;
  readonly late: number;
}

interface Host {
  candidate: number;
  since: number;
  learned: number | undefined;
  /** Whether no difference has changed since one was constant. */
  isSteady: boolean;
}

export class TimePlacer {
  readonly #hosts = new Map<number, Host>();
  #skew = 0;
  /** Differences that were already returned. Differences within MAX_SKEW of each other count as one. */
  #reported: readonly number[] = [];
  #hasLearned = false;

  /**
   * `known`: differences learned by an earlier run. The first live line of a host with the same difference confirms
   * one.
   */
  constructor(known: readonly ClockDifference[] = []) {
    for (const { host, late } of known.slice(0, MAX_HOSTS))
      this.#hosts.set(host, { candidate: late, since: 0, learned: undefined, isSteady: true });
  }

  /** Returns the time of a line. It is after `now` if the timestamp is in the future by an unknown amount. */
  place(
    { stamp, isExplicit, host: key }: StampedLine,
    now: Instant,
    arrival: LineBatch["arrival"],
  ): Instant {
    if (stamp === undefined) return now;
    const late = now - stamp;
    if (arrival === "live" && Math.abs(late) <= MAX_SKEW) {
      if (!isExplicit) this.#refuteClock(key);
      return instant(Math.min(stamp, now));
    }
    if (late >= 0 && isExplicit) return stamp;
    if (arrival === "backlog") {
      const at =
        this.#hosts.size === 0 ? undefined : this.#shifted(this.#hosts.get(key), stamp, now);
      return at ?? (late >= -MAX_SKEW ? instant(Math.min(stamp, now)) : stamp);
    }
    const host = this.#hostOf(key);
    this.#learn(host, late, now);
    const at = this.#shifted(host, stamp, now);
    if (at !== undefined) return at;
    // If the clock is ahead by the same amount as before, the line is from now. Otherwise its time is unknown.
    return late < 0 && host.isSteady ? now : stamp;
  }

  /** Learns a host's difference from any live line. */
  observe({ stamp, isExplicit, host }: StampedLine, now: Instant): void {
    if (stamp === undefined || isExplicit) return;
    if (Math.abs(now - stamp) <= MAX_SKEW) this.#refuteClock(host);
    else this.#learn(this.#hostOf(host), now - stamp, now);
  }

  /** Returns the largest difference that shifted a timestamp and was not returned yet; 0: none. */
  takeSkew(): number {
    const taken = this.#skew;
    if (taken > 0) this.#reported = [taken, ...this.#reported].slice(0, MAX_REPORTED);
    this.#skew = 0;
    return taken;
  }

  /** Returns the differences of all hosts, if one was learned since the last call. */
  takeLearned(): readonly ClockDifference[] | undefined {
    if (!this.#hasLearned) return undefined;
    this.#hasLearned = false;
    return [...this.#hosts].flatMap(([host, { learned }]) =>
      learned === undefined ? [] : [{ host, late: learned }],
    );
  }

  #hostOf(key: number): Host {
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#hosts.keys();
    if (this.#hosts.size >= MAX_HOSTS && oldest !== undefined) this.#hosts.delete(oldest);
    const host = { candidate: Number.NaN, since: 0, learned: undefined, isSteady: true };
    this.#hosts.set(key, host);
    return host;
  }

  #learn(host: Host, late: number, now: number): void {
    if (Math.abs(late - host.candidate) <= STEADY_MS) {
      if (now - host.since < LEARN_MS) return;
      if (host.learned !== host.candidate) this.#hasLearned = true;
      host.learned = host.candidate;
      host.isSteady = true;
      return;
    }
    if (!Number.isNaN(host.candidate)) host.isSteady = false;
    host.candidate = late;
    host.since = now;
  }

  /** Forgets the difference of a host whose clock is right, unless it may be one of zones. */
  #refuteClock(key: number): void {
    const host = this.#hosts.get(key);
    if (host === undefined) return;
    const { candidate, learned = candidate } = host;
    const steps = Math.round(learned / ZONE_STEP_MS);
    if (steps !== 0 && Math.abs(learned - steps * ZONE_STEP_MS) <= STEADY_MS) return;
    this.#hosts.delete(key);
    this.#hasLearned ||= host.learned !== undefined;
  }

  /** Returns the shifted timestamp; undefined: no applicable difference is known. */
  #shifted(host: Host | undefined, stamp: number, now: number): Instant | undefined {
    const shift = host?.learned;
    if (host === undefined || shift === undefined) return undefined;
    if (stamp + shift > now + MAX_SKEW) {
      host.learned = undefined;
      return undefined;
    }
    const size = Math.abs(shift);
    const isNew = !this.#reported.some((one) => Math.abs(one - size) <= MAX_SKEW);
    if (isNew) this.#skew = Math.max(this.#skew, size);
    return instant(Math.min(stamp + shift, now));
  }
}

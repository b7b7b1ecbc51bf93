/**
 * When a line happened, from its stamp and its arrival. A stamp with an offset is believed, however late its line comes.
 * One in local time may come from a wrong clock or zone: only a difference to the arrival that has been seen to be
 * constant shifts it. So the distance between two stamps of one host always counts as written, and a relay that
 * drains its queue makes no burst of what happened over hours.
 *
 * Per host: learning (`candidate` is the difference seen last) and learned. Left for learned when a difference was
 * constant for LEARN_MS of arrivals; for learning when a line would be in the future by what was learned.
 * Bounded: MAX_HOSTS, the one first met goes first.
 */
import { type Instant, instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";

/** A live line's stamp may differ from its arrival by this much without anything being wrong. */
export const MAX_SKEW = 60_000;
/** Writers keep whole seconds and take their time. */
const STEADY_MS = 5000;
/** A queue that is drained hands out lines of one second together; only time that passes tells them from a wrong clock. */
const LEARN_MS = 10_000;
const MAX_HOSTS = 256;
/** So many differences of a source are told apart. */
const MAX_REPORTED = 64;

export interface StampedLine {
  /** undefined: the line does not say. */
  readonly stamp: Instant | undefined;
  /** The stamp names its offset from UTC, or counts seconds. */
  readonly isExplicit: boolean;
  /** Any number that tells hosts apart. */
  readonly host: number;
}

/** By how much the stamps of a host were behind its lines' arrival, constantly. */
export interface ClockDifference {
  readonly host: number;
  readonly late: number;
}

interface Host {
  candidate: number;
  since: number;
  learned: number | undefined;
  /** No difference was seen to change since one was constant. */
  isSteady: boolean;
}

export class TimePlacer {
  readonly #hosts = new Map<number, Host>();
  #skew = 0;
  /** Differences that were returned. Those within MAX_SKEW of each other are one. */
  #reported: readonly number[] = [];
  #hasLearned = false;

  /** `known`: learned by an earlier run; the first live line of a host that differs by as much confirms it. */
  constructor(known: readonly ClockDifference[] = []) {
    for (const { host, late } of known.slice(0, MAX_HOSTS))
      this.#hosts.set(host, { candidate: late, since: 0, learned: undefined, isSteady: true });
  }

  /** After `now` for a line that cannot be placed: its stamp is in the future, and it is not known by how much. */
  place(
    { stamp, isExplicit, host: key }: StampedLine,
    now: Instant,
    arrival: LineBatch["arrival"],
  ): Instant {
    if (stamp === undefined) return now;
    const late = now - stamp;
    if (arrival === "live" && Math.abs(late) <= MAX_SKEW) return instant(Math.min(stamp, now));
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
    // A clock that is ahead by the same as before: the line is from now. Otherwise its time is unknown.
    return late < 0 && host.isSteady ? now : stamp;
  }

  /** Learns from a line that was just written, whatever it says. */
  observe({ stamp, isExplicit, host }: StampedLine, now: Instant): void {
    if (stamp === undefined || isExplicit || Math.abs(now - stamp) <= MAX_SKEW) return;
    this.#learn(this.#hostOf(host), now - stamp, now);
  }

  /** The largest difference that shifted a stamp and that no call has returned yet; 0: none. */
  takeSkew(): number {
    const taken = this.#skew;
    if (taken > 0) this.#reported = [taken, ...this.#reported].slice(0, MAX_REPORTED);
    this.#skew = 0;
    return taken;
  }

  /** Of every host, when one was learned since the last call. */
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

  /** undefined: no difference that may shift it is known. */
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

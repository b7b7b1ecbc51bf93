/**
 * Counts the addresses of a jail's failures, to distinguish a proxy with many users from an ordinary attack. Covers the
 * last half day to day, in two halves of HALF_MS; the older half is dropped when a new one begins. Each keeps
 * MAX_SOURCES addresses (about 100 bytes each) and one count for all others.
 */
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";

export interface FailingSources {
  /** Adds one failure, in constant time. `at`: the time in the log. */
  add(ip: Ip, failure: SourceFailure, at: Instant): void;
  sum(now: Instant): SourceSum;
}

export interface SourceFailure {
  readonly user: string | undefined;
  readonly proxy?: Ip | undefined;
}

export interface SourceSum {
  readonly failures: number;
  /** Most failures first. */
  readonly sources: readonly FailingSource[];
  /** Time of the newest failure. */
  readonly last: Instant | undefined;
}

export interface FailingSource {
  readonly ip: Ip;
  readonly failures: number;
  /** Estimated number of different user names: exact up to about 10, never more than 64 × ln 64. */
  readonly users: number;
  /** Number of different hours with failures. */
  readonly hours: number;
  /** Number of failures that came through proxies, and the last of these proxies. */
  readonly forwarded: number;
  readonly proxy: Ip | undefined;
}

interface Count {
  failures: number;
  forwarded: number;
  proxy: Ip | undefined;
  /** 64-bit set of hashes of user names, as two 32-bit words. */
  low: number;
  high: number;
  /** One bit for each hour of the half in which a failure came. */
  hours: number;
}

interface Half {
  readonly number: number;
  failures: number;
  readonly sources: Map<Ip, Count>;
}

const HOUR_MS = 3_600_000;
const HALF_HOURS = 12;
const HALF_MS = HALF_HOURS * HOUR_MS;
const MAX_SOURCES = 256;
const USER_BITS = 64;

export function createFailingSources(): FailingSources {
  let current = emptyHalf(Number.NEGATIVE_INFINITY);
  let earlier = current;
  let last: Instant | undefined;

  function turnTo(at: Instant): void {
    const number = Math.floor(at / HALF_MS);
    if (number <= current.number) return;
    earlier = number === current.number + 1 ? current : emptyHalf(number - 1);
    current = emptyHalf(number);
  }

  return {
    add(ip, { user, proxy }, at) {
      turnTo(at);
      if (last === undefined || at > last) last = at;
      const half = Math.floor(at / HALF_MS) < current.number ? earlier : current;
      half.failures++;
      const count = half.sources.get(ip) ?? startCount(half, ip);
      if (count === undefined) return;
      count.failures++;
      if (proxy !== undefined) {
        count.forwarded++;
        count.proxy = proxy;
      }
      count.hours |= 1 << (Math.floor(at / HOUR_MS) % HALF_HOURS);
      if (user !== undefined) noteUser(count, user);
    },
    sum(now) {
      turnTo(now);
      const ips = new Set([...current.sources.keys(), ...earlier.sources.keys()]);
      const sources = [...ips].map((ip) =>
        joinCounts(ip, current.sources.get(ip), earlier.sources.get(ip)),
      );
      sources.sort((a, b) => b.failures - a.failures);
      return { failures: current.failures + earlier.failures, sources, last };
    },
  };
}

function emptyHalf(number: number): Half {
  return { number, failures: 0, sources: new Map() };
}

function startCount(half: Half, ip: Ip): Count | undefined {
  if (half.sources.size >= MAX_SOURCES) return undefined;
  const count = { ...NONE };
  half.sources.set(ip, count);
  return count;
}

function noteUser(count: Count, user: string): void {
  let hash = 0x811c9dc5;
  const length = Math.min(user.length, 32);
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ user.charCodeAt(i), 0x01000193);
  const bit = (hash ^ (hash >>> 15)) & (USER_BITS - 1);
  if (bit < 32) count.low |= 1 << bit;
  else count.high |= 1 << (bit - 32);
}

const NONE: Count = { failures: 0, forwarded: 0, proxy: undefined, low: 0, high: 0, hours: 0 };

function joinCounts(ip: Ip, a: Count = NONE, b: Count = NONE): FailingSource {
  return {
    ip,
    failures: a.failures + b.failures,
    users: usersBy(bitsIn(a.low | b.low) + bitsIn(a.high | b.high)),
    hours: bitsIn(a.hours) + bitsIn(b.hours),
    forwarded: a.forwarded + b.forwarded,
    proxy: a.proxy ?? b.proxy,
  };
}

/** Estimates how many user names set this many bits, by linear counting (Whang and others, 1990). */
function usersBy(bits: number): number {
  const free = Math.max(1, USER_BITS - bits);
  return Math.round(-USER_BITS * Math.log(free / USER_BITS));
}

function bitsIn(word: number): number {
  let bits = 0;
  for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) bits++;
  return bits;
}

/**
 * Accumulates statistics in memory until they are written. Bounded: MAX_HOURS, of which the oldest is dropped;
 * MAX_SERIES of each, beyond which rules are counted with their jail; MAX_CHANGES and MAX_RUNS, the oldest first.
 */
import { maskIp, splitSubject, type Subject } from "../../domain/cidr.ts";
import { detachString } from "../../domain/detach-string.ts";
import type { Instant } from "../../domain/instant.ts";
import {
  type Counter,
  DAY_MS,
  HOUR_MS,
  type HourCount,
  type JailRun,
  type StateChange,
  type Stats,
  type StatsSeries,
  type TopKind,
} from "../../domain/stats.ts";
import { TopCounter } from "./top-list.ts";

const MAX_HOURS = 48;
const MAX_SERIES = 4000;
const MAX_CHANGES = 1000;
const MAX_RUNS = 1000;
/** Days whose lists are counted at a time: two at midnight. */
const MAX_DAYS = 2;
/** Number of keys of a day that are kept until it is over. */
export const KEYS_OF_DAY = 256;
/** Maximum characters of an account's name. */
const USER_LENGTH = 64;
const NETWORK_PREFIX = { ipv4: 24, ipv6: 48 } as const;

type Counts = Partial<Record<Counter, number>>;

interface Counted {
  readonly series: StatsSeries;
  readonly counts: Counts;
}

export class StatsAccumulator {
  readonly #hours = new Map<number, Map<string, Counted>>();
  readonly #tops = new Map<number, Record<TopKind, TopCounter>>();
  readonly #runs: JailRun[] = [];
  readonly #changes: StateChange[] = [];
  #dropped = 0;

  count(series: StatsSeries, counter: Counter, count: number, now: Instant): void {
    if (count <= 0) return;
    const hour = Math.floor(now / HOUR_MS);
    const all = this.#hours.getOrInsertComputed(hour, () => new Map());
    const { counts } = findSeries(all, series);
    counts[counter] = (counts[counter] ?? 0) + count;
    if (this.#hours.size <= MAX_HOURS) return;
    this.#hours.delete(Math.min(...this.#hours.keys()));
    this.#dropped++;
  }

  countTop(subject: Subject, user: string | undefined, count: number, now: Instant): void {
    const day = Math.floor(now / DAY_MS);
    const tops = this.#tops.getOrInsertComputed(day, createTops);
    tops.address.add(detachString(subject), count);
    tops.network.add(networkOf(subject), count);
    if (user !== undefined) tops.user.add(detachString(user.slice(0, USER_LENGTH)), count);
    if (this.#tops.size > MAX_DAYS) this.#tops.delete(Math.min(...this.#tops.keys()));
  }

  /** Adds a run, or extends the last one of its jail if that ended when this one begins. */
  noteRun(run: JailRun): void {
    const last = this.#runs.findLastIndex(({ jail }) => jail === run.jail);
    const before = this.#runs[last];
    const isContinued = before?.to === run.from && before.countsDrops === run.countsDrops;
    if (isContinued) this.#runs[last] = { ...before, to: run.to };
    else this.#runs.push(run);
    if (this.#runs.length > MAX_RUNS) this.#runs.shift();
  }

  noteChange(change: StateChange): void {
    this.#changes.push(change);
    if (this.#changes.length > MAX_CHANGES) this.#changes.shift();
  }

  /** Returns everything since the last `clear`. */
  stats(): Stats {
    return {
      counts: [...this.#hours].flatMap(([hour, all]) => [...all.values()].flatMap(countsOf(hour))),
      runs: [...this.#runs],
      changes: [...this.#changes],
      tops: [...this.#tops].flatMap(([day, { address, user, network }]) => [
        { day, kind: "address", list: address.list() },
        { day, kind: "user", list: user.list() },
        { day, kind: "network", list: network.list() },
      ]),
    };
  }

  /** Forgets everything, after it was written. */
  clear(): void {
    this.#hours.clear();
    this.#tops.clear();
    this.#runs.length = 0;
    this.#changes.length = 0;
  }

  /** Returns the number of hours that were dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}

function findSeries(all: Map<string, Counted>, { jail, rule }: StatsSeries): Counted {
  // No jail's name has a space.
  const key = `${jail} ${rule}`;
  const known = all.get(key);
  if (known !== undefined) return known;
  if (all.size >= MAX_SERIES && rule !== "") return findSeries(all, { jail, rule: "" });
  const added = { series: { jail, rule }, counts: {} };
  all.set(key, added);
  return added;
}

function countsOf(hour: number): (counted: Counted) => readonly HourCount[] {
  return ({ series, counts }) =>
    (Object.entries(counts) as [Counter, number][]).map(([counter, count]) => {
      return { ...series, hour, counter, count };
    });
}

function createTops(): Record<TopKind, TopCounter> {
  const create = (): TopCounter => new TopCounter(KEYS_OF_DAY);
  return { address: create(), user: create(), network: create() };
}

/** Returns the IPv4 /24 or IPv6 /48 around the subject, or a wider network itself. */
function networkOf(subject: Subject): string {
  const { ip, family, prefix } = splitSubject(subject);
  return prefix <= NETWORK_PREFIX[family] ? subject : maskIp(ip, NETWORK_PREFIX[family]);
}

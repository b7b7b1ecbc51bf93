/**
 * Judges whether a service logs every connection. Compares connections that the kernel reports as ended with the time
 * of the service's last line.
 */
import { namePorts } from "../../domain/format-ports.ts";
import { amount } from "../../domain/amount.ts";
import { duration, formatDuration } from "../../domain/duration.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";

export interface Connection {
  readonly port: number;
  readonly peer: Ip;
  /** Time at which the connection ended. */
  readonly at: Instant;
}

/** Connections that ended close together: the first of them, and their number. The others may be of other peers. */
export interface ConnectionGroup extends Connection {
  readonly count: number;
}

export interface ConnectionFacts {
  /** Connections that ended while the jail read its log, oldest first. */
  readonly connections: readonly ConnectionGroup[];
  /** When the newest ended of those that are not in `connections`; undefined: there are no others. */
  readonly lostAt?: Instant | undefined;
  /** Arrival of the service's last line; undefined: none came. */
  readonly heardAt: Instant | undefined;
  readonly now: Instant;
}

/**
 * none: no connection ended, so nothing can be compared. logged: lines account for all connections. pending: too few or
 * too recent connections lack a line. unlogged: connections end and no line comes.
 */
export interface ConnectionJudgment {
  readonly verdict: "none" | "logged" | "pending" | "unlogged";
  readonly evidence: string;
}

/** A service may write the last line this long before the kernel reports the end of the connection. */
const CLOSING_MS = 2000;
/** Maximum delay of a line. */
const LINE_DELAY_MS = 10_000;
const MIN_UNLOGGED = 3;

export function judgeConnections({
  connections,
  lostAt,
  heardAt,
  now,
}: ConnectionFacts): ConnectionJudgment {
  const last = connections.at(-1);
  if (last === undefined) return { verdict: "none", evidence: "no connection ended yet" };
  const loggedUntil = (heardAt ?? 0) + CLOSING_MS;
  const unlogged = connections.filter(({ at }) => at > loggedUntil);
  const [first] = unlogged;
  if (first === undefined) {
    const line = heardAt === undefined ? "" : `, the last line came ${ago(heardAt, now)}`;
    const evidence = `the last connection to ${describePorts([last])} ended ${ago(last.at, now)}${line}`;
    return { verdict: "logged", evidence };
  }
  // The clock may have been set back a moment ago.
  const latest = Math.max(now, last.at);
  const overdue = countAll(unlogged.filter(({ at }) => at <= latest - LINE_DELAY_MS));
  const count = countAll(unlogged);
  const isMore = lostAt !== undefined && lostAt > loggedUntil;
  const connectionsText = `${isMore ? "at least " : ""}${amount(count, "connection")}`;
  const peers = amount(new Set(unlogged.map(({ peer }) => peer)).size, "address", "addresses");
  const peersText = `${isMore || count > unlogged.length ? "at least " : ""}${peers}`;
  const evidence = `${connectionsText} to ${describePorts(unlogged)} from ${peersText} ended since ${formatInstant(first.at)} without a line`;
  return { verdict: overdue < MIN_UNLOGGED ? "pending" : "unlogged", evidence };
}

function countAll(groups: readonly ConnectionGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

function describePorts(connections: readonly Connection[]): string {
  return namePorts(connections.map(({ port }) => ({ protocol: "tcp", number: port })));
}

function ago(at: Instant, now: Instant): string {
  return `${formatDuration(duration(Math.max(1000, now - at)))} ago`;
}

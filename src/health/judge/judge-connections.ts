/**
 * Judges whether a service that logs every connection does: compares connections that ended, which the kernel reports,
 * with the time of the service's last line.
 */
import { amount } from "../../domain/amount.ts";
import { duration, formatDuration } from "../../domain/duration.ts";
import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";

export interface Connection {
  readonly port: number;
  readonly peer: Ip;
  /** When it ended. */
  readonly at: Instant;
}

export interface ConnectionFacts {
  /** Connections that ended while the jail read its log, oldest first. */
  readonly connections: readonly Connection[];
  /** When the service's last line arrived. */
  readonly heardAt: Instant | undefined;
  readonly now: Instant;
}

/**
 * none: no connection ended, so there is nothing to compare. logged: lines account for all of them. pending: too few or
 * too recent without a line. unlogged: connections end and no line comes.
 */
export interface ConnectionJudgment {
  readonly verdict: "none" | "logged" | "pending" | "unlogged";
  readonly evidence: string;
}

/** The last line of a connection is written when it closes, a moment before the kernel lets go of it. */
const CLOSING_MS = 2000;
/** A line may take so long to arrive. */
const LINE_DELAY_MS = 10_000;
const MIN_UNLOGGED = 3;

export function judgeConnections({
  connections,
  heardAt,
  now,
}: ConnectionFacts): ConnectionJudgment {
  const last = connections.at(-1);
  if (last === undefined) return { verdict: "none", evidence: "no connection ended yet" };
  const unlogged = connections.filter(({ at }) => at > (heardAt ?? 0) + CLOSING_MS);
  const [first] = unlogged;
  if (first === undefined) {
    const line = heardAt === undefined ? "" : `, the last line came ${ago(heardAt, now)}`;
    const evidence = `the last connection to ${portsOf([last])} ended ${ago(last.at, now)}${line}`;
    return { verdict: "logged", evidence };
  }
  const overdue = unlogged.filter(({ at }) => at <= now - LINE_DELAY_MS);
  const peers = new Set(unlogged.map(({ peer }) => peer)).size;
  const evidence = `${amount(unlogged.length, "connection")} to ${portsOf(unlogged)} from ${amount(peers, "address", "addresses")} ended since ${formatInstant(first.at)} without a line`;
  return { verdict: overdue.length < MIN_UNLOGGED ? "pending" : "unlogged", evidence };
}

/** "port 22", "ports 22 and 2222". */
function portsOf(connections: readonly Connection[]): string {
  const ports = [...new Set(connections.map(({ port }) => port))].sort((a, b) => a - b);
  return `${ports.length === 1 ? "port" : "ports"} ${ports.join(" and ")}`;
}

function ago(at: Instant, now: Instant): string {
  return `${formatDuration(duration(Math.max(1000, now - at)))} ago`;
}

/**
 * Watches for changes that another program made to routes to our destinations. `ip monitor` reports them; the kernel
 * drops reports when very many routes change together, so the table is also compared at an interval.
 */
import { createInterface } from "node:readline";
import { parseSubject, type Subject } from "../../domain/cidr.ts";
import { duration } from "../../domain/duration.ts";
import { createBackoff } from "../../host/backoff.ts";
import { explainEnd, openChild } from "../../host/process/child-process.ts";
import { sleep } from "../../host/timers.ts";
import type { FirewallNotice } from "../notice-queue.ts";
import { listBlocked } from "./effective-routes.ts";
import { PROTOCOL } from "./route-table.ts";

export interface WatchOptions {
  readonly ip: string;
  /** Destinations of our routes. They change before the kernel does, so that its report agrees with them. */
  readonly held: ReadonlySet<Subject>;
  /** Runs a comparison while nothing is changed. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onNotice: (notice: FirewallNotice) => void;
}

const COMPARE_EVERY_MS = 20_000;

const CHANGED: FirewallNotice = { kind: "changed", author: () => undefined };

export async function watchRoutes(options: WatchOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([watchReports(options, signal), compareTable(options, signal)]);
}

async function watchReports(
  { ip, held, onNotice }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const backoff = createBackoff({ first: duration(100), longest: duration(30_000) });
  while (!signal.aborted) {
    const child = openChild([ip, "-o", "monitor", "route"], signal);
    // `ip` does not say when it listens. The comparison finds what changed before.
    onNotice({ kind: "monitor-restored" });
    for await (const line of createInterface({ input: child.output })) {
      backoff.reset();
      if (isForeign(line, held)) onNotice(CHANGED);
    }
    const reason = await explainEnd("ip monitor", child);
    if (signal.aborted) return;
    onNotice({ kind: "monitor-lost", reason });
    await sleep(backoff.next(), signal, "loose");
  }
}

async function compareTable(
  { ip, held, inTurn, onNotice }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const isEqual = async (): Promise<boolean> => {
    const blocked = await listBlocked(ip);
    return blocked.length === held.size && blocked.every((destination) => held.has(destination));
  };
  while ((await sleep(COMPARE_EVERY_MS, signal, "loose")) === "elapsed") {
    // A table that cannot be read is a reason to look at it, too.
    if (!(await inTurn(isEqual).catch(() => false))) onNotice(CHANGED);
  }
}

const LINE = /^(?<deleted>Deleted )?(?:[a-z]+ )?(?<destination>[0-9a-f.:/]+) (?<rest>.*)$/;

/** Returns whether a line such as "Deleted blackhole 192.0.2.1 proto 98 metric 1" reports a change by another program. */
export function isForeign(line: string, held: ReadonlySet<Subject>): boolean {
  const { deleted, destination = "", rest = "" } = LINE.exec(line)?.groups ?? {};
  const subject = parseSubject(destination);
  if (subject === undefined) return false;
  const isOurs = rest.includes(`proto ${PROTOCOL} `);
  if (!isOurs) return deleted === undefined && held.has(subject);
  return held.has(subject) === (deleted !== undefined);
}

/**
 * Watches for changes that another program made to ours. firewalld reports reloads, restarts and changes of sets over
 * D-Bus. It does not notice what other programs change in the kernel, so that is compared at an interval.
 */
import { createInterface } from "node:readline";
import { duration } from "../../domain/duration.ts";
import { createBackoff } from "../../host/backoff.ts";
import { type Child, explainEnd, openChild } from "../../host/process/child-process.ts";
import { sleep } from "../../host/timers.ts";
import type { FirewallNotice } from "../notice-queue.ts";
import type { Bus } from "./bus.ts";
import { NAME_PREFIX } from "./set-name.ts";
import type { Structure } from "./structure.ts";

export interface WatchOptions {
  readonly bus: Bus;
  readonly structure: Pick<Structure, "entries" | "takeOwnReload" | "forgetOwnReloads">;
  /** Compares the kernel with what firewalld should have, while nothing is changed. */
  readonly isIntact: () => Promise<boolean>;
  readonly onNotice: (notice: FirewallNotice) => void;
}

/** Interval of reading the kernel, in milliseconds: three short processes each time. */
const COMPARE_EVERY_MS = 20_000;

const CHANGED: FirewallNotice = { kind: "changed", author: () => undefined };

export async function watchFirewalld(options: WatchOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([watchSignals(options, signal), compareKernel(options, signal)]);
}

async function watchSignals(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const backoff = createBackoff({ first: duration(100), longest: duration(30_000) });
  while (!signal.aborted) {
    const child = openChild(options.bus.monitor, signal);
    // busctl says on standard error that it is ready, and reports what happens from then on.
    const ready = untilReady(child, signal).then((isReady) => {
      if (!isReady) return;
      backoff.reset();
      options.structure.forgetOwnReloads();
      options.onNotice({ kind: "monitor-restored" });
    });
    for await (const line of createInterface({ input: child.output }))
      if (isForeign(line, options.structure)) options.onNotice(CHANGED);
    const reason = await explainEnd("busctl monitor", child);
    await ready;
    if (signal.aborted) return;
    options.onNotice({ kind: "monitor-lost", reason });
    await sleep(backoff.next(), signal, "loose");
  }
}

const READY = "Monitoring bus message stream.";
const READY_POLL_MS = 20;

async function untilReady(
  child: Pick<Child, "errorOutput" | "ended">,
  signal: AbortSignal,
): Promise<boolean> {
  const stop = new AbortController();
  void child.ended.then(() => stop.abort());
  const either = AbortSignal.any([signal, stop.signal]);
  while (!either.aborted) {
    if (child.errorOutput().includes(READY)) return true;
    await sleep(READY_POLL_MS, either, "loose");
  }
  return false;
}

async function compareKernel(
  { isIntact, onNotice }: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  while ((await sleep(COMPARE_EVERY_MS, signal, "loose")) === "elapsed") {
    // A kernel that cannot be read is a reason to look at it, too.
    if (!(await isIntact().catch(() => false))) onNotice(CHANGED);
  }
}

/** Signals that report a change by another program when they name something of ours. "Removed": a permanent set. */
const OF_OURS: ReadonlySet<string> = new Set(["RuleRemoved", "PolicyUpdated", "Removed"]);

interface BusSignal {
  readonly member?: string;
  readonly payload?: { readonly data?: readonly unknown[] };
}

/** Returns whether another program made the change that firewalld reports in this line. */
export function isForeign(
  line: string,
  structure: Pick<Structure, "entries" | "takeOwnReload">,
): boolean {
  const { member, payload } = parseSignal(line);
  const [first, second] = payload?.data ?? [];
  const held = structure.entries.get(String(first));
  if (member === "EntryAdded") return held !== undefined && !held.has(String(second));
  if (member === "EntryRemoved") return held?.has(String(second)) ?? false;
  if (member === "Reloaded") return !structure.takeOwnReload();
  if (OF_OURS.has(String(member))) return line.includes(NAME_PREFIX);
  return member === "NameOwnerChanged";
}

function parseSignal(line: string): BusSignal {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

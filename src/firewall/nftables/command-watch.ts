/**
 * Supervises an `nft monitor` child. The watch counts as working only once it has shown one of our transactions (the
 * monitor does not report that it is ready). Earlier changes are unknown, so each start ends in "monitor-restored".
 */
import { createInterface } from "node:readline";
import { duration } from "../../domain/duration.ts";
import { createBackoff } from "../../host/backoff.ts";
import { readAuthor } from "../../host/process/read-author.ts";
import { explainEnd, openChild } from "../../host/process/child-process.ts";
import { sleep } from "../../host/timers.ts";
import { createMonitorReader } from "./command-text.ts";
import type { FirewallNotice } from "../notice-queue.ts";
import type { RunResult } from "./kernel.ts";

export interface CommandWatchOptions {
  readonly nft: string;
  readonly table: string;
  readonly run: (commands: string) => Promise<RunResult>;
  readonly onNotice: (notice: FirewallNotice) => void;
}

const MARK_INTERVAL_MS = 100;
const MAX_MARKS = 100;

export async function watchCommand(
  options: CommandWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const backoff = createBackoff({ first: duration(100), longest: duration(30_000) });
  while (!signal.aborted) {
    const reason = await watchOnce(options, () => backoff.reset(), signal);
    if (signal.aborted) return;
    options.onNotice({ kind: "monitor-lost", reason });
    await sleep(backoff.next(), signal, "loose");
  }
}

/** Runs until the monitor ends; returns why it did. */
async function watchOnce(
  options: CommandWatchOptions,
  ready: () => void,
  signal: AbortSignal,
): Promise<string> {
  const stop = new AbortController();
  const child = openChild([options.nft, "monitor"], AbortSignal.any([signal, stop.signal]));
  const proven = new AbortController();
  const read = createMonitorReader(options.table);
  const proving = proveWatching(
    options,
    AbortSignal.any([signal, proven.signal, stop.signal]),
    stop,
  );
  for await (const line of createInterface({ input: child.output })) {
    const transaction = read(line);
    if (transaction === undefined) continue;
    const { pid, program, touched, marked } = transaction;
    if (marked && !proven.signal.aborted) {
      proven.abort();
      ready();
      options.onNotice({ kind: "monitor-restored" });
    } else if (touched && !marked) {
      options.onNotice({ kind: "changed", author: () => readAuthor(pid, program) });
    }
  }
  const reason = await explainEnd("nft monitor", child);
  stop.abort();
  await proving;
  return reason;
}

/** Sends transactions with only our mark until the monitor has shown one, which proves that it works. */
async function proveWatching(
  { run }: CommandWatchOptions,
  done: AbortSignal,
  stop: AbortController,
): Promise<void> {
  for (let marks = 0; marks < MAX_MARKS && !done.aborted; marks++) {
    await run("");
    await sleep(MARK_INTERVAL_MS, done, "loose");
  }
  if (!done.aborted) stop.abort();
}

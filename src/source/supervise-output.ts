/**
 * Reads the output of a child process and restarts it whenever it ends, with growing waits. The reader pulls chunks:
 * while it does not, the child blocks on its pipe. Ends when `signal` aborts, which stops the child.
 *
 * States: starting → running (a child runs) → waiting (it ended; back to starting after the wait) … → ended.
 */
import { basename } from "node:path";
import { createBackoff } from "../host/backoff.ts";
import { type Child, explainEnd, openChild } from "../host/process/child-process.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { createAlarm, sleep } from "../host/timers.ts";

/** Shortest time after which a running child counts as steady. */
const STEADY_MS = 10_000;

export type ChildOutput =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "bytes"; readonly chunk: Buffer }
  /** The child has ended; it is restarted after `retryIn`. */
  | { readonly kind: "ended"; readonly reason: string; readonly retryIn: Duration };

export interface SuperviseOptions {
  /**
   * Returns the command for the next start, with an absolute `argv[0]`, or a text that says why it cannot start now.
   */
  readonly command: () => readonly string[] | string;
  readonly firstWait?: Duration;
  readonly longestWait?: Duration;
  /** Shortest time after which a running child counts as steady; default: 10 s. */
  readonly steadyAfter?: Duration;
  /** Called when a child has become steady: it has also run longer than the last wait. */
  readonly onSteady: () => void;
  readonly clock: Clock;
}

export async function* superviseOutput(
  options: SuperviseOptions,
  signal: AbortSignal,
): AsyncIterable<ChildOutput> {
  const { clock, onSteady, steadyAfter = STEADY_MS, longestWait = duration(30_000) } = options;
  const backoff = createBackoff({
    first: options.firstWait ?? duration(100),
    longest: longestWait,
  });
  const steady = createAlarm(onSteady);
  let retryIn = duration(0);
  while (!signal.aborted) {
    const startedAt = clock.monotonic();
    const command = options.command();
    let reason: string;
    try {
      if (typeof command !== "string") steady.set(Math.max(steadyAfter, retryIn));
      reason = typeof command === "string" ? command : yield* readChild(command, signal);
    } finally {
      steady.clear();
    }
    if (signal.aborted) return;
    // Only a run longer than any wait starts the waits again, or a command that always ends would seem steady.
    if (clock.monotonic() - startedAt >= Math.max(steadyAfter, longestWait)) backoff.reset();
    retryIn = backoff.next();
    yield { kind: "ended", reason, retryIn };
    await sleep(retryIn, signal);
  }
}

/** Yields the output of one child until its end; returns how it ended, such as "sh ended with exit code 1: …". */
export async function* readChild(
  argv: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<ChildOutput, string> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    const child = openChild(argv, stop.signal);
    if (child.pid !== undefined) yield { kind: "started", pid: child.pid };
    yield* chunksOf(child);
    return await explainEnd(basename(argv[0] ?? ""), child);
  } finally {
    // Stop the child also if the reader stops pulling.
    stop.abort();
    signal.removeEventListener("abort", abort);
  }
}

async function* chunksOf(child: Child): AsyncGenerator<ChildOutput, void> {
  const chunks: AsyncIterable<Buffer> = child.output;
  try {
    for await (const chunk of chunks) yield { kind: "bytes", chunk };
  } catch {
    // Ignore a broken pipe, because the exit status says why the child ended.
  }
}

/**
 * Repairs the firewall after changes by other programs, and reports their authors. Limits the rate in proportion to the
 * cost of repairs. Processes one change at a time; others wait, merged, in the queue "firewall-notices".
 */
import { type Author, formatAuthor } from "../../domain/author.ts";
import type { Instant } from "../../domain/instant.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import type { ForeignChange } from "../../domain/enforcer.ts";
import { createRepairPace } from "../repair-pace.ts";
import { createUnitNames } from "../../host/process/name-unit.ts";
import { isSameChange } from "../repair-log.ts";
import type { Emit } from "../../telemetry/events.ts";

export interface FollowOptions {
  readonly changes: AsyncIterable<ForeignChange>;
  readonly clock: AlarmClock;
  /** Returns the CPU time used so far, in milliseconds. */
  readonly processorTime: () => number;
  readonly emit: Emit;
  /** Called when live observation of changes begins or is lost. */
  readonly monitor: (state: "watching" | "lost") => void;
  readonly repair: (by: Promise<Author | undefined>) => Promise<void>;
}

export async function followChanges(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { clock, processorTime, monitor, repair, emit } = options;
  const pace = createRepairPace();
  const nameUnit = createUnitNames(() => clock.monotonic());
  /** Author and time of the newest change. */
  let reported: { readonly by: Author | undefined; readonly at: Instant } | undefined;

  function reportChange(by: Author | undefined): void {
    const change = { by, at: clock.now() };
    if (isSameChange(reported, change)) return;
    reported = change;
    emit({ event: "firewall-changed", by: by === undefined ? "unknown" : formatAuthor(by) });
  }

  for await (const { kind, by } of options.changes) {
    monitor(kind === "monitor-lost" ? "lost" : "watching");
    if (kind === "monitor-lost") continue;
    // Look the author up immediately, while it still runs, but do not wait: the repair comes first.
    const author = Promise.resolve(by && nameUnit(by));
    if (kind === "changed") void author.then(reportChange);
    // Changes that arrive during this wait are merged into one notice.
    await clock.sleep(pace.wait(clock.monotonic()), signal, "loose");
    if (signal.aborted) return;
    const began = processorTime();
    await repair(author);
    // Use the CPU time, not the elapsed time, because on a busy machine a slow repair must not delay the next one.
    pace.spend(processorTime() - began, clock.monotonic());
  }
}

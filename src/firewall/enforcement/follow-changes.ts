/**
 * Changes that other programs make to the firewall -> repairs, each told with who made it, at a pace that rests in
 * proportion to what repairs cost. Holds one change at a time; those that come meanwhile wait, merged, in the queue
 * "firewall-notices".
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
  /** Milliseconds of the processor used so far. */
  readonly processorTime: () => number;
  readonly emit: Emit;
  /** Whether changes are seen as they are made. */
  readonly monitor: (state: "watching" | "lost") => void;
  readonly repair: (by: Promise<Author | undefined>) => Promise<void>;
}

export async function followChanges(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { clock, processorTime, monitor, repair, emit } = options;
  const pace = createRepairPace();
  const nameUnit = createUnitNames(() => clock.monotonic());
  /** The first transaction of the newest change. */
  let told: { readonly by: Author | undefined; readonly at: Instant } | undefined;

  function tellChange(by: Author | undefined): void {
    const change = { by, at: clock.now() };
    if (isSameChange(told, change)) return;
    told = change;
    emit({ event: "firewall-changed", by: by === undefined ? "unknown" : formatAuthor(by) });
  }

  for await (const { kind, by } of options.changes) {
    monitor(kind === "monitor-lost" ? "lost" : "watching");
    if (kind === "monitor-lost") continue;
    // Asked at once, while it can still be told, and not waited for: the repair comes first.
    const author = Promise.resolve(by && nameUnit(by));
    if (kind === "changed") void author.then(tellChange);
    // What comes while this waits is merged into one notice.
    await clock.sleep(pace.wait(clock.monotonic()), signal, "loose");
    const began = processorTime();
    await repair(author);
    // What it cost, not how long it took: on a busy machine a repair must not make the next one wait.
    pace.spend(processorTime() - began, clock.monotonic());
  }
}

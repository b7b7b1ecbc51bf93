/** Reports repairs of damage by other programs, and remembers the newest ones. */
import { type Author, formatAuthor } from "../../domain/author.ts";
import type { Clock } from "../../domain/clock.ts";
import { duration } from "../../domain/duration.ts";
import type { Emit } from "../../telemetry/events.ts";
import { createRepairLog } from "../repair-log.ts";
import type { Repair } from "../repair-tally.ts";

/** Why a firewall is compared with the book. */
export type Cause = "start" | "foreign" | "retry" | "periodic" | "request";

export interface Damage {
  readonly missing: number;
  readonly extra: number;
  readonly structure: boolean;
  /** Monotonic time at which the repair began. */
  readonly began: number;
}

export class RepairReporter {
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #repairs = createRepairLog();

  constructor({ clock, emit }: { readonly clock: Clock; readonly emit: Emit }) {
    this.#clock = clock;
    this.#emit = emit;
  }

  async report(
    { missing, extra, structure, began }: Damage,
    cause: Cause,
    by: Promise<Author | undefined> | undefined,
  ): Promise<void> {
    const took = duration(this.#clock.monotonic() - began);
    const author = await by;
    // A retry completes what failed before, so no program caused it.
    if (cause !== "retry")
      this.#repairs.note({ at: this.#clock.now(), by: author, missing, structure, took });
    const named = author === undefined ? "unknown" : formatAuthor(author);
    this.#emit({ event: "firewall-repaired", missing, extra, structure, took, by: named });
  }

  /** Returns the newest repairs, oldest first. */
  list(): readonly Repair[] {
    return this.#repairs.list();
  }
}

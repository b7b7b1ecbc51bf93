/**
 * Keeps the newest connections of a port, in constant memory. Of many within a short time it keeps some, so that on a
 * busy port they still reach back longer than a line may take.
 */
import { type Instant, instant } from "../../domain/instant.ts";
import type { Connection } from "./judge-connections.ts";

const MAX_KEPT = 64;
/** The newest are all kept, so that so many without a line are found however close together they ended. */
const NEWEST = 3;
/** When there are more, one that ends within so many milliseconds of another is left out: 61 reach back 15 seconds. */
const SPACING_MS = 250;

export class KeptConnections {
  #kept: Connection[] = [];
  #lostAt: Instant | undefined;

  /** Oldest first. */
  get all(): readonly Connection[] {
    return this.#kept;
  }

  /** When the newest of those that are not kept ended; undefined: all are kept. */
  get lostAt(): Instant | undefined {
    return this.#lostAt;
  }

  add(connection: Connection): void {
    const kept = this.#kept;
    kept.push(connection);
    if (kept.length <= MAX_KEPT) return;
    const [before, candidate] = kept.slice(-NEWEST - 2);
    const isClose =
      before !== undefined && candidate !== undefined && candidate.at - before.at < SPACING_MS;
    const [lost] = kept.splice(isClose ? -NEWEST - 1 : 0, 1);
    if (lost !== undefined && !(this.#lostAt !== undefined && this.#lostAt > lost.at))
      this.#lostAt = lost.at;
  }

  /** Moves all times with a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    this.#kept = this.#kept.map((one) => ({ ...one, at: instant(one.at + step) }));
    if (this.#lostAt !== undefined) this.#lostAt = instant(this.#lostAt + step);
  }
}

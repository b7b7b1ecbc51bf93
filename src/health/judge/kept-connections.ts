/**
 * Keeps the newest connections of a port, in constant memory. On a busy port those that end close together are counted
 * as one entry, so that the entries still reach back longer than a line may take.
 */
import { type Instant, instant } from "../../domain/instant.ts";
import type { Connection, ConnectionGroup } from "./judge-connections.ts";

const MAX_KEPT = 64;
/** When there are more, an entry has all that ended within so many milliseconds of its first: 64 reach back 16 seconds. */
const SPACING_MS = 250;

export class KeptConnections {
  #kept: ConnectionGroup[] = [];
  #lostAt: Instant | undefined;

  /** Oldest first. */
  get all(): readonly ConnectionGroup[] {
    return this.#kept;
  }

  /** When the first of the newest entry that is not kept ended; undefined: all are kept. */
  get lostAt(): Instant | undefined {
    return this.#lostAt;
  }

  add(connection: Connection): void {
    const kept = this.#kept;
    const last = kept.at(-1);
    const isFull = kept.length === MAX_KEPT;
    if (isFull && last !== undefined && connection.at - last.at < SPACING_MS) {
      kept[MAX_KEPT - 1] = { ...last, count: last.count + 1 };
      return;
    }
    if (isFull) this.#lostAt = kept.shift()?.at;
    kept.push({ ...connection, count: 1 });
  }

  /** Moves all times with a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    this.#kept = this.#kept.map((one) => ({ ...one, at: instant(one.at + step) }));
    if (this.#lostAt !== undefined) this.#lostAt = instant(this.#lostAt + step);
  }
}

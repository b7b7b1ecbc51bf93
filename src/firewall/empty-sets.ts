/**
 * Finds sets and chains of a firewall that no ban uses any more, because the ports of a jail changed. Only those that
 * stay empty for EMPTY_FOR: the rules need not be written again for each ban that comes and goes.
 */
import { type Duration, duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";

export const EMPTY_FOR: Duration = duration(3_600_000);

export class EmptySets {
  /** When each set that is empty was first seen empty. */
  #since: ReadonlyMap<string, Instant> = new Map();

  /** Must be called with all sets that are empty now. Returns those that were empty each time for `EMPTY_FOR`. */
  unused(empty: readonly string[], now: Instant): readonly string[] {
    this.#since = new Map(
      empty.map((name) => {
        const since = this.#since.get(name) ?? now;
        // The clock was set back.
        return [name, since > now ? now : since];
      }),
    );
    return empty.filter((name) => now - (this.#since.get(name) ?? now) >= EMPTY_FOR);
  }
}

/**
 * Bounds the unconsumed failures, dropping the oldest first. Counting rows is slow, so it maintains an upper bound of
 * their number, and counts only when the bound reaches the limit.
 */
import type { Emit } from "../../telemetry/events.ts";
import type { Store } from "../store.ts";

export interface FailureBound {
  added(): void;
  /** Drops failures over the limit. Call it between transactions. */
  hold(): void;
}

export function createFailureBound(options: {
  readonly store: Store;
  readonly emit: Emit;
  readonly failureBound: number;
}): FailureBound {
  const { store, emit, failureBound } = options;
  let atMost = store.read((tables) => tables.failures.span());
  return {
    added: () => {
      atMost++;
    },
    hold: () => {
      if (atMost <= failureBound || store.holding) return;
      atMost = store.read((tables) => tables.failures.count());
      const over = atMost - failureBound;
      if (over <= 0) return;
      // Delete a few more than necessary, so that the next failure does not count all rows again.
      const surplus = over + Math.ceil(failureBound / 100);
      const dropped = store.write((tables) => tables.failures.dropOldest(surplus));
      atMost -= dropped;
      emit({ event: "queue-overflowed", queue: "recorded failures", dropped });
    },
  };
}

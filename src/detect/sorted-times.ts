/** The newest times of something, in order and at most `most` of them: what a count in a sliding window needs. */
import type { Duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";

export interface SortedTimes {
  insert(at: Instant, weight: number): void;
  /** Times not older than `span` before the newest one, or before `now` when that is later. */
  within(span: Duration, now?: Instant): number;
  clear(): void;
  shift(step: number): void;
}

export function createSortedTimes(most: number): SortedTimes {
  /** Sorted, and grown as needed. */
  let times = new Float64Array(Math.min(most, 16));
  let length = 0;

  function insertOne(at: Instant): void {
    if (length === most) {
      if (at <= (times[0] ?? 0)) return;
      times.copyWithin(0, 1, length);
      length--;
    }
    if (length === times.length) {
      const old = times;
      times = new Float64Array(Math.min(most, length * 2));
      times.set(old);
    }
    let i = length;
    while (i > 0 && (times[i - 1] ?? 0) > at) {
      times[i] = times[i - 1] ?? 0;
      i--;
    }
    times[i] = at;
    length++;
  }

  return {
    insert(at, weight) {
      for (let i = Math.min(weight, most); i > 0; i--) insertOne(at);
    },
    within(span, now) {
      const end = Math.max(times[length - 1] ?? 0, now ?? 0);
      if (length === 0) return 0;
      // The first time that still belongs to the window, by halving.
      let low = 0;
      let high = length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((times[middle] ?? 0) < end - span) low = middle + 1;
        else high = middle;
      }
      return length - low;
    },
    clear() {
      length = 0;
    },
    shift(step) {
      for (let i = 0; i < length; i++) times[i] = (times[i] ?? 0) + step;
    },
  };
}

/** Keeps the newest `most` times in order, for a count in a sliding window. */
import type { Duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";

export interface SortedTimes {
  insert(at: Instant, weight: number): void;
  /** Returns the number of times from `span` before the newest time, or before `now` if that is later. */
  within(span: Duration, now?: Instant): number;
  clear(): void;
  shift(step: number): void;
}

export function createSortedTimes(most: number): SortedTimes {
  /** Sorted times; the array grows as needed. */
  let times = new Float64Array(Math.min(most, 16));
  let length = 0;

  function timeAt(index: number): number {
    return times[index] ?? 0;
  }

  function insertOne(at: Instant): void {
    if (length === most) {
      if (at <= timeAt(0)) return;
      times.copyWithin(0, 1, length);
      length--;
    }
    if (length === times.length) {
      const old = times;
      times = new Float64Array(Math.min(most, length * 2));
      times.set(old);
    }
    let i = length;
    while (i > 0 && timeAt(i - 1) > at) {
      times[i] = timeAt(i - 1);
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
      if (length === 0) return 0;
      const end = Math.max(timeAt(length - 1), now ?? 0);
      // Find the first time in the window by binary search.
      let low = 0;
      let high = length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (timeAt(middle) < end - span) low = middle + 1;
        else high = middle;
      }
      return length - low;
    },
    clear() {
      length = 0;
    },
    shift(step) {
      for (let i = 0; i < length; i++) times[i] = timeAt(i) + step;
    },
  };
}

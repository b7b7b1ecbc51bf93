/**
 * Recognizes notices that repeat the last one about the same problem within a quarter of an hour. One that ends the
 * problem, or tells something else about it, is no repetition, and neither is what follows it.
 */
import type { Notice } from "../domain/notifier.ts";

const REPEAT_MS = 900_000;
/** Maximum number of problems that are remembered; the oldest are forgotten. */
const MAX_PROBLEMS = 500;

export interface Repeats {
  /** `now` is monotonic, in milliseconds. */
  isRepeat(notice: Notice, now: number): boolean;
}

export function createRepeats(): Repeats {
  const last = new Map<string, { readonly text: string; readonly at: number }>();
  return {
    isRepeat({ problem, what, state, cause, reason }, now) {
      const text = JSON.stringify([what, state, cause, reason]);
      const before = last.get(problem);
      if (before?.text === text && now - before.at < REPEAT_MS) return true;
      // Deleted first, because the order is that of time.
      last.delete(problem);
      last.set(problem, { text, at: now });
      const [oldest] = last.keys();
      if (last.size > MAX_PROBLEMS && oldest !== undefined) last.delete(oldest);
      return false;
    },
  };
}

/**
 * Applies the steps of one commit, each by itself: what one line of a log led to and cannot be stored costs that line,
 * and not all that were read with it, forever. Trouble of the disk or the file is thrown, and so is everything about bans.
 */
import { reasonOf } from "../host/explain-system-error.ts";
import type { BookStep } from "../domain/ban-book.ts";
import { sqliteFailure } from "./sqlite-failure.ts";

export interface RefusedStep {
  readonly kind: BookStep["kind"];
  readonly reason: string;
}

/** Tables filled from log lines; a failing statement leaves the rest of its transaction intact. */
const FROM_LINES: ReadonlySet<BookStep["kind"]> = new Set(["failure", "login", "sessions"]);

export function takeEach(
  steps: readonly BookStep[],
  take: (step: BookStep) => void,
): readonly RefusedStep[] {
  const refused: RefusedStep[] = [];
  for (const step of steps) {
    try {
      take(step);
    } catch (error) {
      if (!FROM_LINES.has(step.kind) || sqliteFailure(error) !== undefined) throw error;
      refused.push({
        kind: step.kind,
        reason: reasonOf(error),
      });
    }
  }
  return refused;
}

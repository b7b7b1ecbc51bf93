/**
 * Applies the steps of one commit one by one. If the result of one line of a log cannot be stored, only that result is
 * lost; otherwise all lines read with it would fail forever. Errors of the disk or the file are thrown, and so are all
 * errors about bans.
 */
import { reasonOf } from "../host/explain-system-error.ts";
import type { BookStep } from "../domain/ban-book.ts";
import { sqliteFailure } from "./sqlite-failure.ts";

export interface RefusedStep {
  readonly kind: BookStep["kind"];
  readonly reason: string;
}

/** Steps that come from log lines. A failing statement for them leaves the rest of its transaction intact. */
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

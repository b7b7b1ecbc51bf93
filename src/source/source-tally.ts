/**
 * Counts a source's lines for its status. Reports cut lines at most once a minute, because a client could cause one
 * with every line.
 */
import type { Clock } from "../domain/clock.ts";
import type { Instant } from "../domain/instant.ts";
import type { SourceStatus } from "../domain/line-source.ts";
import type { Emit } from "../telemetry/events.ts";
import type { TakenLines } from "./take-lines.ts";

const REPORT_EVERY_MS = 60_000;

export interface SourceTally {
  count(taken: TakenLines): void;
  /** Returns the counts in the form of a source's status. */
  counts(): Pick<SourceStatus, "lines" | "cutLines" | "lastLineAt">;
}

export function createSourceTally(source: string, clock: Clock, emit: Emit): SourceTally {
  let [lines, cutLines] = [0, 0];
  let lastLineAt: Instant | undefined;
  let reportedAt = Number.NEGATIVE_INFINITY;

  function report(bytes: number): void {
    const now = clock.monotonic();
    if (now - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = now;
    emit({ event: "line-cut", source, bytes });
  }

  return {
    count: (taken) => {
      lines += countLines(taken.text);
      cutLines += taken.cutLines;
      lastLineAt = clock.now();
      if (taken.cutLines > 0) report(taken.longestCut);
    },
    counts: () => ({ lines, cutLines, lastLineAt }),
  };
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

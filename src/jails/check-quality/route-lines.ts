/** Routes lines to filters as the daemon does, and collects the match of each filter and line. */
import { type Instant, instant } from "../../domain/instant.ts";
import type { Match } from "../../domain/match.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import { sampleBatch } from "../../parse/route/sample-batch.ts";

export interface RoutedLines {
  /** First index: filter; second index: line. undefined: no rule recognized the line. */
  readonly matches: readonly (readonly (Match | undefined)[])[];
  /** Number of lines for which a rule exceeded its limit of steps. */
  readonly overLimit: number;
}

/** Later than the time of any sample, so that no line is in the future. */
const NOW: Instant = instant(Date.parse("2100-01-01T00:00:00Z"));

export function routeLines(filters: readonly Filter[], lines: readonly string[]): RoutedLines {
  return createLinesRouter(filters)(lines);
}

/** Creates a router that can be called several times, with a part of the lines each. */
export function createLinesRouter(
  filters: readonly Filter[],
): (lines: readonly string[]) => RoutedLines {
  const router = createLineRouter(
    filters.map((filter) => ({ filter, accepts: undefined })),
    () => 0,
  );
  return (lines) => {
    const matches = filters.map(() => new Array<Match | undefined>(lines.length).fill(undefined));
    const { overLimit } = router.route(sampleBatch(lines, filters), NOW, {
      matched(entry, match, { number }) {
        const row = matches[entry];
        if (row !== undefined) row[number] ??= match;
      },
      unrecognized() {},
    });
    return { matches, overLimit };
  };
}

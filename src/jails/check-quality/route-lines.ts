/** Routes lines to filters one by one, as the daemon would, and collects what each filter made of each line. */
import { type Instant, instant } from "../../domain/instant.ts";
import type { Match } from "../../domain/match.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";

export interface RoutedLines {
  /** For each filter and line, by their indexes; undefined: not recognized. */
  readonly matches: readonly (readonly (Match | undefined)[])[];
  /** Lines that rules gave up on because they took too long. */
  readonly givenUp: number;
}

/** Lines may have any time. */
const NOW: Instant = instant(Date.parse("2100-01-01T00:00:00Z"));

export function routeLines(filters: readonly Filter[], lines: readonly string[]): RoutedLines {
  return createLinesRouter(filters)(lines);
}

/** For many lines, which can be routed in several parts. */
export function createLinesRouter(
  filters: readonly Filter[],
): (lines: readonly string[]) => RoutedLines {
  const router = createLineRouter(
    filters.map((filter) => ({ filter, accepts: undefined })),
    () => 0,
  );
  return (lines) => {
    const matches = filters.map(() => new Array<Match | undefined>(lines.length).fill(undefined));
    const text = lines.map((line) => `${line.replaceAll("\n", " ")}\n`).join("");
    const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
    const { givenUp } = router.route(batch, NOW, {
      matched(entry, match, { number }) {
        const row = matches[entry];
        if (row !== undefined) row[number] ??= match;
      },
      unrecognized() {},
    });
    return { matches, givenUp };
  };
}

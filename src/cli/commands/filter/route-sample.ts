/** Returns what a filter recognizes in the lines of a sample, with the daemon's router; undefined: it does not compile. */
import { type FilterDefinition, STRICTEST_MODE } from "../../../domain/filter-definition.ts";
import type { Match } from "../../../domain/match.ts";
import { systemClock } from "../../../host/system-clock.ts";
import { localOffset } from "../../../host/time-zone.ts";
import { compileFilter } from "../../../parse/filter/compile-filter.ts";
import { createLineRouter } from "../../../parse/route/line-router.ts";
import { sampleBatch } from "../../../parse/route/sample-batch.ts";

export interface RoutedSample {
  /** One match for each line; undefined: no rule recognized it. */
  readonly matches: readonly (Match | undefined)[];
  /** Number of lines on which the rules reached their step limit. */
  readonly overLimit: number;
}

export function routeSample(
  definition: FilterDefinition,
  lines: readonly string[],
): RoutedSample | undefined {
  const filter = compileFilter(definition, STRICTEST_MODE);
  if (!filter.ok) return undefined;
  const matches = new Array<Match | undefined>(lines.length).fill(undefined);
  const owns = (): boolean => true;
  const routed = { filter: filter.value, accepts: undefined, owns };
  const batch = sampleBatch(lines, [filter.value]);
  const { overLimit } = createLineRouter([routed], localOffset).route(batch, systemClock.now(), {
    matched(_entry, match, { number }) {
      matches[number] = match;
    },
    unrecognized() {},
  });
  return { matches, overLimit };
}

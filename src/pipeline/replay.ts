/**
 * Replays old logs through the main path in the time of the log (invariant 9), to try a policy before it is live. A
 * source that the policy has banned makes no attempts until its ban ends. Each line is recognized once for all
 * policies.
 */
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../domain/clock.ts";
import type { PortNames } from "../host/services/port-names.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import type { RoutedFilter } from "../parse/route/routed-filter.ts";
import type { Instant } from "../domain/instant.ts";
import { mergeLogs } from "./replay/merge-logs.ts";
import { PolicyReplay, type ReplayPolicy } from "./replay/policy-replay.ts";
import type { ReplayTally } from "./replay/replay-tally.ts";
import { openLogs, type ReplayProgress } from "./replay/open-logs.ts";

export { type RoutedBatch, routeBatches, UnreadableLogError } from "./replay/route-log.ts";
export { openLogs } from "./replay/open-logs.ts";
export { type LogToMerge, mergeLogs } from "./replay/merge-logs.ts";
export type { RoutedMatch } from "./replay/routed-match.ts";
export {
  PolicyReplay,
  type ReplayedAttempt,
  type ReplayObserver,
  type ReplayPolicy,
} from "./replay/policy-replay.ts";
export type { BannedSubject, ReplayTally } from "./replay/replay-tally.ts";
export { type ReplayLine, type ReplaySummary, summarize } from "./replay/summarize.ts";

export interface ReplayOptions {
  /** Paths of logs; "-": standard input. */
  readonly logs: readonly string[];
  readonly policies: readonly ReplayPolicy[];
  /** Whether the logs belong to the filter alone, if it is the only one: see `RoutedFilter`. */
  readonly owned: (only: CompiledJail) => boolean;
  readonly ports: PortNames;
  readonly clock: Clock;
  readonly localOffset: LocalOffset;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: ReplayProgress) => void) | undefined;
}

export interface Replayed {
  readonly lines: number;
  readonly overLimit: number;
  /** Times of the first and the newest recognized line; undefined: none has a time. */
  readonly first: Instant | undefined;
  readonly last: Instant | undefined;
  /** In the order of the policies. */
  readonly tallies: readonly ReplayTally[];
}

export async function replay(options: ReplayOptions): Promise<Replayed> {
  const { logs, policies, ports, clock, localOffset, signal, onProgress } = options;
  const routes = routesOf(policies.flatMap(({ jails }) => jails));
  const filters = routedFilters(routes, options);
  const replays = policies.map((policy) => {
    const own = new Set(policy.jails);
    const jailsOf = (filter: number) =>
      (routes[filter] ?? []).filter((one) => own.has(one)).map(({ jail }) => jail);
    return new PolicyReplay({
      policy,
      ports,
      jailsOf,
      filters: filters.map(({ filter }) => filter),
    });
  });
  for (const one of replays) await one.begin();
  let [lines, overLimit] = [0, 0];
  let first: Instant | undefined;
  let last: Instant | undefined;
  const routing = { filters, clock, localOffset, signal };
  await mergeLogs({
    logs: await openLogs(logs, routing, onProgress),
    onBatch(batch) {
      lines += batch.lines;
      overLimit += batch.overLimit;
    },
    onMatch(match) {
      const { at } = match;
      first ??= at;
      if (at !== undefined && (last === undefined || at > last)) last = at;
      for (const one of replays) one.take(match);
    },
  });
  return { lines, overLimit, first, last, tallies: replays.map(({ tally }) => tally) };
}

/** Groups jails that recognize the same in a line. */
function routesOf(jails: readonly CompiledJail[]): readonly (readonly CompiledJail[])[] {
  const groups: CompiledJail[][] = [];
  for (const one of jails) {
    const known = groups.find(([first]) => first !== undefined && recognizesSame(first, one));
    if (known === undefined) groups.push([one]);
    else known.push(one);
  }
  return groups;
}

function recognizesSame(a: CompiledJail, b: CompiledJail): boolean {
  return (
    a.jail.filter.variant === b.jail.filter.variant &&
    isDeepStrictEqual(a.jail.config.trusted_proxies, b.jail.config.trusted_proxies) &&
    isDeepStrictEqual(a.definition, b.definition)
  );
}

function routedFilters(
  routes: readonly (readonly CompiledJail[])[],
  { owned }: Pick<ReplayOptions, "owned">,
): readonly RoutedFilter[] {
  const firsts = routes.flatMap(([first]) => (first === undefined ? [] : [first]));
  const names = new Set(firsts.map(({ jail }) => jail.filter.name));
  return firsts.map((one) => ({
    filter: one.jail.filter,
    accepts: undefined,
    owns: names.size === 1 && owned(one) ? () => true : undefined,
  }));
}

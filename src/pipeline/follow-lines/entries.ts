/** Groups the jails of one source by what they recognize, so that each distinct filter reads a line once. */
import type { AttemptCounter } from "../../detect/attempts.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import type { LineRouter } from "../../parse/route/line-sink.ts";
import type { ClockDifference } from "../../parse/header/place-in-time.ts";
import type { LocalOffset } from "../../parse/header/timestamp.ts";
import type { Jail } from "../../jails/jail.ts";
import { ClientResolver } from "../client-resolver.ts";
import type { LineTally } from "../line-tally.ts";
import { ownsOf, readsAlone } from "../sources/owned-lines.ts";
import { acceptsOf, type Watch } from "../sources/source-plan.ts";

/** Jails that share one filter on this source. */
export interface Entry {
  readonly jails: readonly Jail[];
  readonly filter: Filter;
  readonly attempts: AttemptCounter;
  /** Finds clients behind trusted proxies; undefined: the jails have none. */
  readonly clients: ClientResolver | undefined;
  readonly lines: LineTally | undefined;
}

export interface ArrangeOptions {
  readonly localOffset: LocalOffset;
  /** Clock differences that an earlier run learned about the hosts of this source. */
  readonly clocks?: readonly ClockDifference[];
  readonly tallyOf?: (filter: Filter) => LineTally;
}

export function arrangeEntries(
  watches: readonly Watch[],
  { localOffset, tallyOf, clocks }: ArrangeOptions,
): { entries: readonly Entry[]; router: LineRouter } {
  const groups = [
    ...Map.groupBy(
      watches,
      ({ jail, source }) => `${jail.filter.variant} ${proxiesOf(jail)} ${JSON.stringify(source)}`,
    ).values(),
  ];
  const routed = groups.flatMap(([first]) =>
    first === undefined
      ? []
      : [
          {
            filter: first.jail.filter,
            accepts: acceptsOf(first.source),
            owns: ownsOf(first, watches),
            isAlone: readsAlone(first, watches),
          },
        ],
  );
  const tallied = new Set<string>();
  const entries = groups.flatMap((group) => {
    const jails = group.map(({ jail }) => jail);
    const [first] = jails;
    if (first === undefined) return [];
    // A filter in two modes recognizes the same lines, so they are tallied once.
    const key = `${first.filter.name} ${JSON.stringify(group[0]?.source)}`;
    const lines = tallied.has(key) ? undefined : tallyOf?.(first.filter);
    tallied.add(key);
    const counted = `${key} ${proxiesOf(first)}`;
    return [
      {
        filter: first.filter,
        ...{ jails, lines, attempts: shareAttempts(jails, first.name, counted) },
        clients: first.proxies && new ClientResolver(first.filter, first.proxies),
      },
    ];
  });
  return { entries, router: createLineRouter(routed, localOffset, { clocks }) };
}

/** Returns a key of the trusted proxies. Jails that trust other proxies, or headers, see other clients in a line. */
function proxiesOf({
  config: { trusted_proxies: proxies = [], client_field: field },
}: Jail): string {
  return [...proxies.map(({ name }) => name), ...(field === undefined ? [] : [field])].join(",");
}

/**
 * Returns the counter for jails of one filter and source, which see the same attempts. A counter from another place is
 * copied: a jail that stayed there continues with the original.
 */
function shareAttempts(jails: readonly Jail[], first: string, key: string): AttemptCounter {
  const place = `${first} ${key}`;
  const used = jails.find(({ attempts }) => attempts.place !== undefined) ?? jails[0];
  if (used === undefined) throw new Error("no jail to count for");
  const { attempts } = used;
  const own = attempts.place === undefined || attempts.place === place ? attempts : attempts.copy();
  own.place = place;
  for (const jail of jails) jail.attempts = own;
  return own;
}

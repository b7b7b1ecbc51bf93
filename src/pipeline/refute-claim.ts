/** Decides whether a client is the crawler that its request claims to be; only a proven lie is a failure. */
import { mayBeCrawler } from "../domain/crawlers.ts";
import type { Match } from "../domain/match.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";

/** Returns the match, as a neutral one if it may be the crawler. `match.ip`: the client, behind trusted proxies too. */
export function refuteClaim({ claims }: Pick<Filter, "claims">, match: Match): Match {
  const name = match.kind === "failure" ? claims?.get(match.rule) : undefined;
  if (name === undefined) return match;
  const isRefuted = match.ip !== undefined && !mayBeCrawler(name, match.ip);
  return isRefuted ? match : { ...match, kind: "neutral" };
}

/**
 * Keeps the recognized lines of old logs, so that many policies are tried over one reading. Bounded: the newest `max`
 * lines.
 */
import { detachString } from "../../domain/detach-string.ts";
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import { lineAt } from "../client-resolver.ts";
import type { RoutedMatch } from "../replay.ts";

export class KeptLines {
  readonly #max: number;
  #lines: RoutedMatch[] = [];
  #leftOut = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(line: RoutedMatch): void {
    if (line.match.kind === "neutral" && !line.match.closes) return;
    this.#lines.push(detachLine(line));
    // A quarter more, so that the array is not moved for each line.
    if (this.#lines.length > this.#max * 1.25) this.#trim();
  }

  /** Returns the kept lines, oldest first. */
  finish(): readonly RoutedMatch[] {
    this.#trim();
    return this.#lines;
  }

  /** Number of older recognized lines that were dropped. */
  get leftOut(): number {
    return this.#leftOut;
  }

  #trim(): void {
    const excess = this.#lines.length - this.#max;
    if (excess <= 0) return;
    this.#leftOut += excess;
    this.#lines = this.#lines.slice(excess);
  }
}

/** Returns the times of the first and the newest line that have one. */
export function spanOf(
  lines: readonly RoutedMatch[],
): { readonly first: Instant; readonly last: Instant } | undefined {
  let [first, last]: [Instant | undefined, Instant | undefined] = [undefined, undefined];
  for (const { at } of lines) {
    if (at === undefined) continue;
    if (first === undefined || at < first) first = at;
    if (last === undefined || at > last) last = at;
  }
  return first === undefined || last === undefined ? undefined : { first, last };
}

/** Copies a line, so that it does not keep its whole batch in memory. */
function detachLine({ filter, at, match, place, batch }: RoutedMatch): RoutedMatch {
  const text = detachString(lineAt(batch.text, place));
  const alone: LineBatch = {
    text: `${text}\n`,
    fields: undefined,
    arrival: batch.arrival,
    cursor: undefined,
  };
  const at0 = { number: 0, start: 0, end: text.length, message: -1, unwrapped: undefined };
  return {
    ...{ filter, at, match: detachMatch(match), batch: alone },
    place: { ...at0, lacksStamp: place.lacksStamp },
  };
}

function detachMatch(match: Match): Match {
  const { ip, user, host } = match;
  return {
    ...match,
    ip: ip === undefined ? undefined : detachString(ip),
    user: user === undefined ? undefined : detachString(user),
    host: host === undefined ? undefined : detachString(host),
  };
}

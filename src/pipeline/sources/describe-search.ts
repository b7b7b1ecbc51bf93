/** Describes where the log of a jail was looked for, and what was found. */
import type { Looked, SourceSearch } from "./find-sources.ts";

/** Describes where a jail's log was searched for without success. */
export function describeSearch({ looked }: SourceSearch): string {
  return looked.length === 0
    ? "no source is configured"
    : `no log found: ${describeLooked(looked)}`;
}

/** Describes the search of a jail that starts by itself as soon as its log exists. */
export function describeWaiting({ looked }: SourceSearch): string {
  const places = looked.length === 0 ? "" : `; looked for: ${describeLooked(looked)}`;
  return `no log found yet; reading starts when one appears${places}`;
}

/** Groups the places by what was found there, because most logs are missing in the same way. */
export function describeLooked(looked: readonly Looked[]): string {
  const groups = Map.groupBy(looked, ({ found }) => found);
  return [...groups]
    .map(([found, places]) => `${places.map(({ where }) => where).join(", ")} (${found})`)
    .join("; ");
}

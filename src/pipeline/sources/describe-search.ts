import type { SourceSearch } from "./find-sources.ts";

/** Describes where a jail's log was searched for without success. */
export function describeSearch(search: SourceSearch): string {
  const places = listPlaces(search);
  return places === "" ? "no source is configured" : `no log found: ${places}`;
}

/** Describes the search of a jail that starts by itself as soon as its log exists. */
export function describeWaiting(search: SourceSearch): string {
  const places = listPlaces(search);
  const looked = places === "" ? "" : `; looked for: ${places}`;
  return `no log found yet; reading starts when one appears${looked}`;
}

function listPlaces({ looked }: SourceSearch): string {
  return looked.map(({ where, found }) => `${where} (${found})`).join("; ");
}

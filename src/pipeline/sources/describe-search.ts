import type { SourceSearch } from "./find-sources.ts";

/** Where a jail's log was looked for in vain, for the operator. */
export function describeSearch({ looked }: SourceSearch): string {
  if (looked.length === 0) return "no source is configured";
  return `no log found: ${looked.map(({ where, found }) => `${where} (${found})`).join("; ")}`;
}

/** Warns of honeypot paths that no jail's filter can read. */
import { docPage } from "../../config/doc-page.ts";
import type { JailConfig } from "../../config/config.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { readsRequests } from "../with-honeypot-paths.ts";
import type { EntryDoubt } from "./doubt-entries.ts";

export function doubtHoneypots(
  jails: readonly JailConfig[],
  filters: ReadonlyMap<string, FilterDefinition>,
): readonly EntryDoubt[] {
  const listing = jails.filter(({ detect }) => detect.honeypot_paths.length > 0);
  const [first] = listing;
  const reads = ({ filter }: JailConfig): boolean => {
    const definition = filters.get(filter);
    return definition !== undefined && readsRequests(definition);
  };
  if (first === undefined || listing.some(reads)) return [];
  return [
    {
      jail: first.name,
      doubt: `honeypot_paths has no effect: filter ${first.filter} does not say where its lines have the requested path`,
      fix: `list the paths in a jail with the filter access-log, or set honeypot_line or honeypot_record in a filter of your own (${docPage("filters.md")})`,
    },
  ];
}

/** Warns of a jail that trusts proxies, but whose filter cannot read the forwarded address. */
import { docPage } from "../../config/doc-page.ts";
import type { JailConfig } from "../../config/config.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import type { EntryDoubt } from "./doubt-entries.ts";

export function doubtProxies(
  { name, filter, trusted_proxies: proxies = [] }: JailConfig,
  filters: ReadonlyMap<string, FilterDefinition>,
): readonly EntryDoubt[] {
  const definition = filters.get(filter);
  if (proxies.length === 0 || definition === undefined) return [];
  const { forwarded_line: line, forwarded_field: field } = definition;
  if (line !== undefined || field !== undefined) return [];
  return [
    {
      jail: name,
      doubt: `trusted_proxies: filter ${filter} does not say where its lines have forwarded addresses, so no client behind these proxies is banned`,
      fix: `set forwarded_line or forwarded_field in a filter of your own (${docPage("filters.md")}), or have the service log the client's address and remove trusted_proxies`,
    },
  ];
}

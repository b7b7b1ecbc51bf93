/** Warns of a jail that trusts proxies and cannot read the forwarded address, and of one that reads it and trusts none. */
import { docPage } from "../../config/doc-page.ts";
import type { JailConfig } from "../../config/config.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import type { EntryDoubt } from "./doubt-entries.ts";

export function doubtProxies(
  { name, filter, trusted_proxies: proxies = [], client_field: client }: JailConfig,
  filters: ReadonlyMap<string, FilterDefinition>,
): readonly EntryDoubt[] {
  const definition = filters.get(filter);
  if (definition === undefined) return [];
  if (client !== undefined) return doubtClientField(name, { definition, proxies });
  if (proxies.length === 0) return [];
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

function doubtClientField(
  jail: string,
  { definition, proxies }: { definition: FilterDefinition; proxies: readonly unknown[] },
): readonly EntryDoubt[] {
  if (proxies.length === 0)
    return [
      {
        jail,
        doubt: "client_field has no effect without trusted_proxies: every peer is the client",
        fix: 'name the proxies that set the header, as in trusted_proxies = ["cloudflare"]',
      },
    ];
  if (definition.rules.some(({ recognize }) => recognize.kind === "record")) return [];
  return [
    {
      jail,
      doubt: `client_field: filter ${definition.name} reads no structured lines, so no client behind the trusted proxies is banned`,
      fix: "remove client_field, and have the service log the header where the filter reads forwarded addresses",
    },
  ];
}

/** Warns of a jail whose log lets clients have other addresses banned. */
import type { JailConfig } from "../config/config.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";

interface Doubt {
  readonly jail: string;
  readonly doubt: string;
  readonly fix: string;
}

type Filters = ReadonlyMap<string, FilterDefinition>;

export function doubtForgery(jail: JailConfig, filters: Filters): readonly Doubt[] {
  return [...doubtLines(jail, filters), ...doubtAddress(jail, filters)];
}

/** Warns of a log in which clients can write whole lines. */
function doubtLines({ name, filter, source }: JailConfig, filters: Filters): readonly Doubt[] {
  const isOwnLog = ["auto", "file", "container", "journal"].includes(source.kind);
  if (!isOwnLog || filters.get(filter)?.escapes_line_breaks !== false) return [];
  return [
    {
      jail: name,
      doubt: `${filter} writes line breaks of clients into its log, so a client can forge lines and have other addresses banned`,
      fix: "let it log as JSON or through syslog, or use a filter for another of its logs, such as access-log; put addresses that must never be banned into ignoreip",
    },
  ];
}

/** Warns of a service that logs the address that any client sends in a header. */
function doubtAddress({ name, filter }: JailConfig, filters: Filters): readonly Doubt[] {
  const headers = filters.get(filter)?.address_headers ?? [];
  if (headers.length === 0) return [];
  return [
    {
      jail: name,
      doubt: `${filter} logs the address that a client sends in ${headers.join(" or ")}, so a client can have other addresses banned unless a proxy replaces the header`,
      fix: "let clients reach it only through a proxy that sets these headers to the address of its client; put addresses that must never be banned into ignoreip",
    },
  ];
}

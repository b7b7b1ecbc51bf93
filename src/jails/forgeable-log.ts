/**
 * Decides whether clients can have other addresses banned by a service's log: by line breaks in a user name or path,
 * or because the service logs the address of a header. Syslog daemons and JSON keep each message in one line. For a log that
 * the service writes itself, and for its standard output, of which journald makes an entry of each line, the filter
 * states whether line breaks are escaped.
 */
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { isSharedLog } from "../host/logs/shared-log.ts";

/** "possible": the filter does not state whether the service escapes line breaks. */
export type Forgeability = "excluded" | "possible" | "certain";

export function judgeForgeability(filter: FilterDefinition): Forgeability {
  if (filter.address_headers !== undefined) return "certain";
  if (filter.escapes_line_breaks !== undefined)
    return filter.escapes_line_breaks ? "excluded" : "certain";
  const isJson = filter.rules.every(
    ({ recognize }) => recognize.kind === "record" && recognize.format === "json",
  );
  const { files, programs } = filter;
  // A filter of standard output has no name for a syslog daemon.
  const isSyslog = files.length === 0 ? programs.length > 0 : files.every(isSharedLog);
  return isJson || isSyslog ? "excluded" : "possible";
}

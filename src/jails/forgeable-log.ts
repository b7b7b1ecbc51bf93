/**
 * Decides whether clients may be able to write whole lines of a service's log, by line breaks in an account or a path.
 * Syslog daemons, journald and JSON keep each message in one line; a log that a service writes itself must be known to.
 */
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { isSharedLog } from "../host/logs/shared-log.ts";

/** "possible" if it is not known whether the service escapes line breaks. */
export type Forgeability = "excluded" | "possible" | "certain";

export function judgeForgeability(filter: FilterDefinition): Forgeability {
  if (filter.escapes_line_breaks !== undefined)
    return filter.escapes_line_breaks ? "excluded" : "certain";
  const isJson = filter.rules.every(
    ({ recognize }) => recognize.kind === "record" && recognize.format === "json",
  );
  return isJson || filter.files.every(isSharedLog) ? "excluded" : "possible";
}

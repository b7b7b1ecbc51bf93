/** Reports rows that cannot be read, each once: the same rows are read repeatedly. */
import type { Emit } from "../telemetry/events.ts";

/** Maximum number of reported rows: a completely unreadable file would report thousands. */
const MAX_REPORTED = 1000;

export type OnUnreadableRow = (table: string, reason: string) => void;

export function reportUnreadableRows(emit: Emit): OnUnreadableRow {
  const reported = new Set<string>();
  return (table, reason) => {
    const key = `${table}: ${reason}`;
    if (reported.has(key) || reported.size >= MAX_REPORTED) return;
    reported.add(key);
    emit({ event: "record-row-unreadable", table, reason });
  };
}

/** Defines events about losses and recoveries of the database. */
import type { EventKinds } from "../event-kind.ts";

export type RecordEvent =
  | { readonly event: "record-failed"; readonly reason: string; readonly unsaved: number }
  | { readonly event: "record-recovered"; readonly saved: number }
  | { readonly event: "record-replaced"; readonly path: string; readonly reason: string }
  | { readonly event: "record-entry-refused"; readonly kind: string; readonly reason: string }
  | { readonly event: "record-row-unreadable"; readonly table: string; readonly reason: string }
  | { readonly event: "stats-not-saved"; readonly reason: string };

export const RECORD_EVENTS: EventKinds<RecordEvent> = {
  "record-failed": { level: "error", message: "cannot write the database, continuing in memory" },
  "record-recovered": { level: "info", message: "database writes work again" },
  "record-replaced": {
    level: "error",
    message: "database was damaged, moved aside and re-created",
  },
  "record-entry-refused": {
    level: "error",
    message: "the database refused an entry, skipped, please report this bug",
  },
  "record-row-unreadable": {
    level: "error",
    message: "a row of the database cannot be read and is left out",
  },
  "stats-not-saved": {
    level: "warn",
    message: "statistics could not be saved, the next save retries",
  },
};

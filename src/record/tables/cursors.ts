/** Stores where reading resumes, per source. Saved only together with the results of the lines before it. */
import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../../domain/instant.ts";
import type { Cursor } from "../../domain/line-batch.ts";
import { textIn } from "./columns.ts";

export interface Cursors {
  save(cursor: Cursor, now: Instant): void;
  load(key: string): Cursor | undefined;
  /** Deletes cursors of sources that were not read for a long time. */
  forget(before: Instant): void;
}

export function createCursors(database: DatabaseSync): Cursors {
  const save = database.prepare("INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)");
  const load = database.prepare("SELECT value FROM cursors WHERE key = ?");
  const forgotten = database.prepare("DELETE FROM cursors WHERE saved_at < ?");
  return {
    save: ({ key, value }, now) => {
      save.run(key, value, now);
    },
    load: (key) => {
      const row = load.get(key);
      return row === undefined ? undefined : { key, value: textIn(row, "value") };
    },
    forget: (before) => {
      forgotten.run(before);
    },
  };
}

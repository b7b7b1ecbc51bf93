/** Stores single values about the book itself, such as the last reserved numbers of bans and failures, and the hash with which the audit begins. */
import type { DatabaseSync } from "node:sqlite";
import { textIn } from "./columns.ts";

export interface Facts {
  load(name: string): string | undefined;
  save(name: string, value: string): void;
}

export function createFacts(database: DatabaseSync): Facts {
  const load = database.prepare("SELECT value FROM facts WHERE name = ?");
  const save = database.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?)");
  return {
    load: (name) => {
      const row = load.get(name);
      return row === undefined ? undefined : textIn(row, "value");
    },
    save: (name, value) => {
      save.run(name, value);
    },
  };
}

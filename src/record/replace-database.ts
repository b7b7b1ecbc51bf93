/**
 * Replaces a file that was found damaged while the daemon runs. Renames it, and writes the state in memory to a new
 * one.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../domain/instant.ts";
import type { AuditHead } from "./tables/audit.ts";
import { openDatabase, setAside } from "./open-database.ts";
import { saveInMemoryRows } from "./in-memory-mode.ts";

export interface Replacement {
  readonly database: DatabaseSync;
  readonly aside: string;
}

/**
 * Replaces the file. `damaged` contains the state in memory and is closed on success; otherwise it stays usable, and
 * the caller may retry.
 */
export function replaceDatabase(
  damaged: DatabaseSync,
  options: { readonly path: string; readonly now: Instant; readonly anchor: AuditHead },
): Replacement {
  const { path, now, anchor } = options;
  const aside = setAside(path, now);
  openDatabase(path, now).database.close();
  damaged.prepare("ATTACH ? AS fresh").run(path);
  try {
    damaged.exec("BEGIN IMMEDIATE");
    saveInMemoryRows(damaged, "fresh");
    damaged
      .prepare("INSERT OR REPLACE INTO fresh.facts VALUES ('audit-anchor', ?)")
      .run(`${anchor.id} ${anchor.hash}`);
    damaged.exec("COMMIT");
  } catch (error) {
    if (damaged.isTransaction) damaged.exec("ROLLBACK");
    damaged.exec("DETACH fresh");
    throw error;
  }
  damaged.close();
  return { database: openDatabase(path, now).database, aside };
}

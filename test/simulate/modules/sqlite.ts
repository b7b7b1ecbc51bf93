/**
 * Replaces node:sqlite for the daemon. It uses the real one on a disk that can be full, with possible crashes before or
 * after a commit.
 */
import * as real from "node:sqlite";
import { machine } from "./machine.ts";

/** Error code SQLITE_FULL. */
const FULL = 13;

export class DatabaseSync extends real.DatabaseSync {
  /** Whether the transaction writes to the file; others stay in memory. */
  #isWriting = false;

  override exec(sql: string): void {
    if (sql.startsWith("BEGIN")) this.#isWriting = sql === "BEGIN IMMEDIATE";
    if (sql !== "COMMIT") return super.exec(sql);
    machine().onUse();
    if (this.#isWriting && machine().isDiskFull()) {
      // SQLite rolls back when the disk is full.
      super.exec("ROLLBACK");
      const message = "database or disk is full";
      throw Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR", errcode: FULL });
    }
    super.exec(sql);
    machine().onUse();
  }
}

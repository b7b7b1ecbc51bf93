/** Verifies that the ban book is written to disk. */
import type { BanBook } from "../../domain/ban-book.ts";
import type { Proof } from "../../domain/proof.ts";
import { recordFix } from "../record-fix.ts";
import type { JailCheck } from "../jail-check.ts";

/** Creates the check. `missing`: why the book is in memory only; undefined: it is on disk. */
export function createRecordCheck(book: BanBook, missing: string | undefined): JailCheck {
  return {
    name: "record",
    // Writes to an unlinked database file succeed, but are lost when the daemon exits.
    look: async () => book.keepFile(),
    proofs(_jail, now): readonly Proof[] {
      const status = book.status();
      const trouble =
        missing === undefined
          ? status
          : ({ state: "degraded", kind: "disk", reason: missing } as const);
      if (trouble.state === "ok")
        return [{ kind: "proven", link: "record", evidence: "the database is writable", at: now }];
      const [evidence, fix] = [trouble.reason, recordFix(trouble)];
      return [{ kind: "found", link: "record", cause: "record-trouble", evidence, at: now, fix }];
    },
  };
}

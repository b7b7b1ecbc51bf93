/** Stores when an administrator last unbanned or allowed a subject. Its earlier failures count in no jail. */
import type { DatabaseSync } from "node:sqlite";
import type { Subject } from "../../domain/cidr.ts";
import { instant, type Instant } from "../../domain/instant.ts";
import { integerIn, wholeInstant } from "./columns.ts";
import { firstRow } from "./read-rows.ts";
import { CONTAINS, containerNames } from "./subject-search.ts";

export interface Pardons {
  add(subject: Subject, at: Instant): void;
  /** Returns the latest pardon of the subject and of the networks that contain it. */
  latest(subject: Subject): Instant | undefined;
  shift(step: number): void;
  forget(before: Instant): void;
}

export function createPardons(database: DatabaseSync): Pardons {
  const addition = database.prepare("INSERT OR REPLACE INTO pardons VALUES (?, ?)");
  const latest = database.prepare(`SELECT max(at) AS at FROM pardons WHERE ${CONTAINS}`);
  const shift = database.prepare("UPDATE pardons SET at = at + ?");
  const forgotten = database.prepare("DELETE FROM pardons WHERE at < ?");
  const any = database.prepare("SELECT 1 FROM pardons LIMIT 1");
  // Most hosts have no pardon, and `latest` runs for every failure: at a start for each stored one.
  let mayExist: boolean | undefined;
  return {
    add: (subject, at) => {
      mayExist = true;
      addition.run(subject, wholeInstant(at));
    },
    latest: (subject) => {
      mayExist ??= any.get() !== undefined;
      if (!mayExist) return undefined;
      const row = firstRow(latest, containerNames(subject));
      return row === undefined || row["at"] === null ? undefined : instant(integerIn(row, "at"));
    },
    shift: (step) => void shift.run(step),
    forget: (before) => void forgotten.run(before),
  };
}

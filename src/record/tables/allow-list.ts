/** Stores subjects that an administrator exempted at run time; `ignoreip` of the configuration is not stored here. */
import type { DatabaseSync } from "node:sqlite";
import type { AllowEntry } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import { subjectIn } from "./ban-columns.ts";
import {
  FOREVER_COLUMN,
  instantIn,
  type Row,
  textIn,
  untilColumn,
  untilIn,
  wholeInstant,
} from "./columns.ts";
import { allRows, type OnUnreadable, readEach } from "./read-rows.ts";

export interface AllowList {
  add(entry: AllowEntry): void;
  remove(subject: Subject): boolean;
  list(now: Instant): readonly AllowEntry[];
  shift(step: number): void;
  forget(before: Instant): void;
}

export function createAllowList(database: DatabaseSync, onUnreadable: OnUnreadable): AllowList {
  const addition = database.prepare("INSERT OR REPLACE INTO allow_list VALUES (?, ?, ?, ?, ?)");
  const removal = database.prepare("DELETE FROM allow_list WHERE subject = ?");
  const list = database.prepare(
    "SELECT * FROM allow_list WHERE until_at > ? ORDER BY since, subject",
  );
  const shift = database.prepare(
    `UPDATE allow_list SET until_at = until_at + ? WHERE until_at < ${FOREVER_COLUMN}`,
  );
  const forgotten = database.prepare("DELETE FROM allow_list WHERE until_at <= ?");
  return {
    add: ({ subject, until, since, who, reason }) => {
      addition.run(subject, untilColumn(until), wholeInstant(since), who, reason);
    },
    remove: (subject) => Number(removal.run(subject).changes) > 0,
    list: (now) => readEach(allRows(list, now), allowIn, onUnreadable),
    shift: (step) => {
      shift.run(step);
    },
    forget: (before) => {
      forgotten.run(before);
    },
  };
}

function allowIn(row: Row): AllowEntry {
  return {
    subject: subjectIn(row),
    until: untilIn(row, "until_at"),
    since: instantIn(row, "since"),
    who: textIn(row, "who"),
    reason: textIn(row, "reason"),
  };
}

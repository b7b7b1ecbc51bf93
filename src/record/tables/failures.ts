/**
 * Failures counted but not yet spent, and the evidence of bans. A ban takes the failures that led to it: what is left
 * is exactly what the sliding windows held, so that replaying it after a kill rebuilds them. Bounded: evidence by 20
 * lines a ban, the rest by `dropOldest`.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { CountedFailure, WindowedFailure } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { jailIn, subjectIn } from "./ban-columns.ts";
import {
  instantIn,
  integerIn,
  optionalTextIn,
  type Row,
  textIn,
  wholeCount,
  wholeInstant,
} from "./columns.ts";
import { allRows, firstRow, type OnUnreadable, readEach } from "./read-rows.ts";
import { CONTAINS, containerNames } from "./subject-search.ts";

const EVIDENCE_LINES = 20;
const LINE_LENGTH = 1024;
const PAGE = 1000;

export interface Failures {
  insert(failure: CountedFailure, id: number): void;
  /** Empties the window of a subject in a jail. With a ban, its newest lines become the ban's evidence. */
  spend(subject: Subject, jail: JailName, banId: number | undefined): void;
  /** Takes the failures of one account out of a window. */
  forgive(subject: Subject, jail: JailName, account: string): void;
  /** In which jails failures of exactly this subject wait. */
  jailsOf(subject: Subject): readonly JailName[];
  since(at: Instant): Iterable<WindowedFailure>;
  recent(subject: Subject, limit: number): readonly CountedFailure[];
  ofWindow(window: {
    readonly subject: Subject;
    readonly jail: JailName;
    readonly limit: number;
  }): readonly CountedFailure[];
  evidence(banId: number): readonly CountedFailure[];
  count(): number;
  /** Not less than `count`, and cheap. */
  span(): number;
  dropOldest(count: number): number;
  /** Forgets a bounded number of failures older than `at`; call again while it returns "more". */
  forget(at: Instant): { readonly forgotten: number; readonly more: boolean };
  /** The clock was stepped: unspent failures move with it, as the windows they rebuild do. */
  shift(step: number): void;
}

export function createFailures(database: DatabaseSync, onUnreadable: OnUnreadable): Failures {
  const insertion = database.prepare("INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const page = database.prepare(
    `SELECT id, subject, jail, at, weight FROM every_failure
       WHERE id > ? AND id < ${Number.MAX_SAFE_INTEGER} AND at >= ? ORDER BY id LIMIT ${PAGE}`,
  );
  const recent = database.prepare(
    `SELECT * FROM every_failure WHERE ${CONTAINS} ORDER BY id DESC LIMIT ?`,
  );
  const ofWindow = database.prepare(
    "SELECT * FROM every_failure WHERE subject = ? AND jail = ? ORDER BY id DESC LIMIT ?",
  );
  const jailsOf = database.prepare("SELECT DISTINCT jail FROM every_failure WHERE subject = ?");
  const evidence = database.prepare(
    `SELECT * FROM (SELECT * FROM every_evidence WHERE ban_id = ?
       ORDER BY failure_id DESC LIMIT ${EVIDENCE_LINES}) ORDER BY failure_id`,
  );
  const count = database.prepare("SELECT count(*) AS n FROM failures");
  const span = database.prepare(
    "SELECT coalesce(max(id) - (SELECT min(id) FROM failures) + 1, 0) AS n FROM failures",
  );
  const oldest = database.prepare(
    "DELETE FROM failures WHERE id IN (SELECT id FROM failures ORDER BY id LIMIT ?)",
  );
  // By order of arrival, which is about the order of time: no index on `at` has to be kept for every failure.
  const forgotten = database.prepare(
    `DELETE FROM failures WHERE at < ? AND id IN (SELECT id FROM failures ORDER BY id LIMIT ${PAGE})`,
  );
  const forgiven = database.prepare(
    "DELETE FROM failures WHERE subject = ? AND jail = ? AND user = ?",
  );
  const shift = database.prepare("UPDATE failures SET at = at + ?");
  const read = (
    statement: StatementSync,
    ...values: readonly SQLInputValue[]
  ): readonly CountedFailure[] => readEach(allRows(statement, ...values), failureIn, onUnreadable);
  return {
    insert: ({ subject, jail, at, weight, rule, user, line }, id) => {
      insertion.run(
        id,
        subject,
        jail,
        wholeInstant(at),
        wholeCount(weight),
        rule,
        user ?? null,
        line.slice(0, LINE_LENGTH),
      );
    },
    spend: createSpend(database),
    forgive: (subject, jail, account) => {
      forgiven.run(subject, jail, account);
    },
    jailsOf: (subject) => readEach(allRows(jailsOf, subject), jailIn, onUnreadable),
    since: function* (at) {
      let after = -1;
      for (;;) {
        const rows = allRows(page, after, at);
        yield* readEach(rows, windowedFailureIn, onUnreadable);
        const last = rows.at(-1);
        if (last === undefined) return;
        after = integerIn(last, "id");
      }
    },
    recent: (subject, limit) => read(recent, containerNames(subject), limit),
    ofWindow: ({ subject, jail, limit }) => read(ofWindow, subject, jail, limit),
    evidence: (banId) => read(evidence, banId),
    count: () => integerIn(count.get() ?? { n: 0 }, "n"),
    // An id that is no number here: counted as more than there can be, so that somebody counts.
    span: () => Number(firstRow(span)?.["n"] ?? 0),
    dropOldest: (rows) => Number(oldest.run(rows).changes),
    shift: (step) => {
      shift.run(step);
    },
    forget: (at) => {
      const rows = Number(forgotten.run(at).changes);
      return { forgotten: rows, more: rows > PAGE / 2 };
    },
  };
}

function createSpend(database: DatabaseSync): Failures["spend"] {
  const keep = database.prepare(
    `INSERT OR IGNORE INTO evidence
       SELECT ?, id, subject, jail, at, weight, rule, user, line FROM every_failure
       WHERE subject = ? AND jail = ? ORDER BY id DESC LIMIT ${EVIDENCE_LINES}`,
  );
  const trim = database.prepare(
    `DELETE FROM evidence WHERE ban_id = :ban AND failure_id <= (SELECT failure_id FROM evidence
       WHERE ban_id = :ban ORDER BY failure_id DESC LIMIT 1 OFFSET ${EVIDENCE_LINES})`,
  );
  const empty = database.prepare("DELETE FROM failures WHERE subject = ? AND jail = ?");
  return (subject, jail, banId) => {
    if (banId !== undefined) {
      keep.run(banId, subject, jail);
      trim.run({ ban: banId });
    }
    empty.run(subject, jail);
  };
}

function windowedFailureIn(row: Row): WindowedFailure {
  return {
    subject: subjectIn(row),
    jail: jailIn(row),
    at: instantIn(row, "at"),
    weight: integerIn(row, "weight"),
  };
}

function failureIn(row: Row): CountedFailure {
  return {
    ...windowedFailureIn(row),
    rule: textIn(row, "rule"),
    user: optionalTextIn(row, "user"),
    line: textIn(row, "line"),
  };
}

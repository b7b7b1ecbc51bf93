/**
 * Stores unconsumed failures, and the evidence of bans. A ban consumes the failures that led to it. The remaining ones
 * are exactly those in the sliding windows, so replaying them after a kill rebuilds the windows. Bounded: evidence by
 * 20 lines a ban, the rest by `dropOldest`.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { CountedFailure, WindowedFailure } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import { parseIp } from "../../domain/ip.ts";
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
const PAGE_LENGTH = 1000;

interface FailureWindowQuery {
  readonly subject: Subject;
  readonly jail: JailName;
  readonly limit: number;
}

/** Prepares the statements, once for each connection. */
function prepareStatements(database: DatabaseSync) {
  return {
    insertion: database.prepare(
      "INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    page: database.prepare(
      `SELECT id, subject, jail, at, weight, extra FROM every_failure
         WHERE id > ? AND id < ${Number.MAX_SAFE_INTEGER} AND at >= ? ORDER BY id LIMIT ${PAGE_LENGTH}`,
    ),
    recent: database.prepare(
      `SELECT * FROM every_failure WHERE ${CONTAINS} ORDER BY id DESC LIMIT ?`,
    ),
    ofWindow: database.prepare(
      "SELECT * FROM every_failure WHERE subject = ? AND jail = ? ORDER BY id DESC LIMIT ?",
    ),
    jailsOf: database.prepare("SELECT DISTINCT jail FROM every_failure WHERE subject = ?"),
    evidence: database.prepare(
      `SELECT * FROM (SELECT * FROM every_evidence WHERE ban_id = ?
         ORDER BY failure_id DESC LIMIT ${EVIDENCE_LINES}) ORDER BY failure_id`,
    ),
    keep: database.prepare(
      `INSERT OR IGNORE INTO evidence
         SELECT ?, id, subject, jail, at, weight, rule, user, line, proxy, hop, ip FROM every_failure
         WHERE subject = ? AND jail = ? ORDER BY id DESC LIMIT ${EVIDENCE_LINES}`,
    ),
    copy: database.prepare(
      `INSERT OR IGNORE INTO evidence
         SELECT ?, failure_id, subject, jail, at, weight, rule, user, line, proxy, hop, ip
           FROM every_evidence WHERE ban_id = ? ORDER BY failure_id DESC LIMIT ${EVIDENCE_LINES}`,
    ),
    trim: database.prepare(
      `DELETE FROM evidence WHERE ban_id = :ban AND failure_id <= (SELECT failure_id FROM evidence
         WHERE ban_id = :ban ORDER BY failure_id DESC LIMIT 1 OFFSET ${EVIDENCE_LINES})`,
    ),
    empty: database.prepare("DELETE FROM failures WHERE subject = ? AND jail = ?"),
    count: database.prepare("SELECT count(*) AS n FROM failures"),
    span: database.prepare(
      "SELECT coalesce(max(id) - (SELECT min(id) FROM failures) + 1, 0) AS n FROM failures",
    ),
    oldest: database.prepare(
      "DELETE FROM failures WHERE id IN (SELECT id FROM failures ORDER BY id LIMIT ?)",
    ),
    // Search in order of arrival, which is about the order of time, so that failures need no index on `at`.
    forgotten: database.prepare(
      `DELETE FROM failures WHERE at < ? AND id IN (SELECT id FROM failures ORDER BY id LIMIT ${PAGE_LENGTH})`,
    ),
    surplus: database.prepare(
      `DELETE FROM failures WHERE at < ? AND id IN (SELECT id FROM failures ORDER BY id LIMIT min(?, ${PAGE_LENGTH}))`,
    ),
    forgiven: database.prepare("DELETE FROM failures WHERE subject = ? AND jail = ? AND user = ?"),
    shift: database.prepare("UPDATE failures SET at = at + ?"),
  };
}

export class Failures {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #onUnreadable: OnUnreadable;

  constructor(database: DatabaseSync, onUnreadable: OnUnreadable) {
    this.#statements = prepareStatements(database);
    this.#onUnreadable = onUnreadable;
  }

  insert(failure: CountedFailure, id: number): void {
    const { subject, jail, at, weight, rule, user, line, ip, via, extra = 0, extraBy } = failure;
    this.#statements.insertion.run(
      id,
      subject,
      jail,
      wholeInstant(at),
      wholeCount(weight),
      rule,
      user ?? null,
      line.slice(0, LINE_LENGTH),
      via?.proxy ?? null,
      via?.hop ?? null,
      ip ?? null,
      wholeCount(extra),
      extraBy ?? null,
    );
  }

  /** Empties the window of a subject in a jail. With a ban, its newest lines become the ban's evidence. */
  consume(subject: Subject, jail: JailName, banId: number | undefined): void {
    if (banId !== undefined) {
      this.#statements.keep.run(banId, subject, jail);
      this.#statements.trim.run({ ban: banId });
    }
    this.#statements.empty.run(subject, jail);
  }

  /** Adds the lines that led to a past ban to those of another ban. */
  copyEvidence(from: number, to: number): void {
    this.#statements.copy.run(to, from);
    this.#statements.trim.run({ ban: to });
  }

  /** Removes the failures of one account from a window. */
  forgive(subject: Subject, jail: JailName, account: string): void {
    this.#statements.forgiven.run(subject, jail, account);
  }

  /** Returns the jails with failures of exactly this subject. */
  jailsOf(subject: Subject): readonly JailName[] {
    return readEach(allRows(this.#statements.jailsOf, subject), jailIn, this.#onUnreadable);
  }

  *since(at: Instant): Iterable<WindowedFailure> {
    let after = -1;
    for (;;) {
      const rows = allRows(this.#statements.page, after, at);
      yield* readEach(rows, windowedFailureIn, this.#onUnreadable);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = integerIn(last, "id");
    }
  }

  recent(subject: Subject, limit: number): readonly CountedFailure[] {
    return this.#read(this.#statements.recent, containerNames(subject), limit);
  }

  ofWindow({ subject, jail, limit }: FailureWindowQuery): readonly CountedFailure[] {
    return this.#read(this.#statements.ofWindow, subject, jail, limit);
  }

  evidence(banId: number): readonly CountedFailure[] {
    return this.#read(this.#statements.evidence, banId);
  }

  #read(statement: StatementSync, ...values: SQLInputValue[]): readonly CountedFailure[] {
    return readEach(allRows(statement, ...values), failureIn, this.#onUnreadable);
  }

  count(): number {
    return integerIn(this.#statements.count.get() ?? { n: 0 }, "n");
  }

  /** Returns a cheap upper bound of `count`. */
  span(): number {
    // An id that is not a number counts as more than possible, so that the rows are counted.
    return Number(firstRow(this.#statements.span)?.["n"] ?? 0);
  }

  dropOldest(count: number): number {
    return Number(this.#statements.oldest.run(count).changes);
  }

  /** Deletes a bounded number of failures older than `at`; call again while it returns "more". */
  forget(at: Instant): { readonly forgotten: number; readonly more: boolean } {
    const forgotten = Number(this.#statements.forgotten.run(at).changes);
    return { forgotten, more: forgotten > PAGE_LENGTH / 2 };
  }

  /** Deletes a bounded number of failures older than `at`, while there are more than `keep`. Returns whether it did. */
  forgetSurplus(at: Instant, keep: number): boolean {
    const surplus = this.span() <= keep ? 0 : this.count() - keep;
    return surplus > 0 && Number(this.#statements.surplus.run(at, surplus).changes) > 0;
  }

  /** Adjusts unconsumed failures to a step of the clock, like the windows that they rebuild. */
  shift(step: number): void {
    this.#statements.shift.run(step);
  }
}

function windowedFailureIn(row: Row): WindowedFailure {
  return {
    subject: subjectIn(row),
    jail: jailIn(row),
    at: instantIn(row, "at"),
    weight: integerIn(row, "weight"),
    ...extraIn(row),
  };
}

function failureIn(row: Row): CountedFailure {
  return {
    ...windowedFailureIn(row),
    ...extraByIn(row),
    rule: textIn(row, "rule"),
    user: optionalTextIn(row, "user"),
    line: textIn(row, "line"),
    ip: parseIp(optionalTextIn(row, "ip") ?? ""),
    ...viaIn(row),
  };
}

/** Evidence of bans does not store it. */
function extraIn(row: Row): Pick<WindowedFailure, "extra"> {
  return (row["extra"] ?? 0) === 0 ? {} : { extra: integerIn(row, "extra") };
}

function extraByIn(row: Row): Pick<CountedFailure, "extraBy"> {
  const extraBy = (row["extra_by"] ?? null) === null ? undefined : textIn(row, "extra_by");
  return extraBy === undefined ? {} : { extraBy };
}

function viaIn(row: Row): Pick<CountedFailure, "via"> {
  const proxy = parseIp(optionalTextIn(row, "proxy") ?? "");
  return proxy === undefined ? {} : { via: { proxy, hop: integerIn(row, "hop") } };
}

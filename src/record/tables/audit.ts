/**
 * Stores who did what, when and why. Each row's hash covers the row and the hash before it, so that a row that is
 * changed, removed or inserted later is detected. A user who can write the file can forge the whole chain; a copy of
 * the head elsewhere (the journal, another host) detects that as well. Rows past their retention are removed from the
 * old end; the hash of the last removed row is kept as the anchor.
 * A bulk change is one row for many addresses (merge-audit-notes.ts).
 */
import { hash } from "node:crypto";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { AuditEntry, AuditFilter, AuditNote } from "../../domain/ban-book.ts";
import type { Instant } from "../../domain/instant.ts";
import { jailIn, subjectIn } from "./ban-columns.ts";
import { instantIn, integerIn, type Row, textIn } from "./columns.ts";
import { allRows, type OnUnreadable, readEach } from "./read-rows.ts";
import { LISTS_SUBJECT } from "./merge-audit-notes.ts";

const PAGE_LENGTH = 1000;
/**
 * Excludes rows beyond the exact range of a number, which this program does not write and after which a chain cannot
 * continue.
 */
const SAFE_ID = `id < ${Number.MAX_SAFE_INTEGER}`;

/** The newest entry of the chain, for its only writer. */
export interface AuditHead {
  readonly id: number;
  readonly hash: string;
}

/** Result of verifying a page of entries. */
export type AuditStep =
  | {
      readonly intact: true;
      /** The last entry of the page. */
      readonly link: AuditHead;
      readonly entries: number;
      readonly containsSaved: boolean;
      readonly isEnd: boolean;
    }
  | { readonly intact: false; readonly brokenAt: number };

export interface Audit {
  head(): AuditHead;
  /** Restores the end of the chain after a failed transaction. */
  rewind(head: AuditHead): void;
  append(note: AuditNote, at: Instant): void;
  /** Returns entries, newest first. */
  walk(filter: AuditFilter): Iterable<AuditEntry>;
  /** Verifies some of the entries after `from`; undefined: from the oldest. `saved`: a hash that is looked for. */
  verify(from: AuditHead | undefined, saved: string | undefined): AuditStep;
  forget(before: Instant, limit: number): number;
}

export function createAudit(
  database: DatabaseSync,
  start: AuditHead | undefined,
  onUnreadable: OnUnreadable,
): Audit {
  const insertion = database.prepare("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  let head = start ?? loadHead(database);
  return {
    head: () => head,
    rewind: (earlier) => {
      head = earlier;
    },
    append: (note, at) => {
      const id = head.id + 1;
      // SQLite stores UTF-8: half of a surrogate pair would be read back changed and break the chain.
      const [action, who] = [note.action.toWellFormed(), note.who.toWellFormed()];
      const detail = note.detail.toWellFormed();
      const link = linkHash(head.hash, { ...note, action, who, detail, id, at });
      const { subject = null, jail = null } = note;
      insertion.run(id, at, action, who, subject, jail, detail, link);
      head = { id, hash: link };
    },
    walk: (filter) => walkAudit(database, filter, onUnreadable),
    verify: (from, saved) => verifyPage(database, head, { from, saved }),
    forget: (before, limit) => forgetAudit(database, before, limit),
  };
}

/** Hashes a row. A JSON array separates the texts unambiguously, whatever they contain. */
function linkHash(
  before: string,
  row: AuditNote & { readonly id: number; readonly at: Instant },
): string {
  const { id, at, action, who, subject = null, jail = null, detail } = row;
  return hash("sha256", JSON.stringify([before, id, at, action, who, subject, jail, detail]));
}

function loadHead(database: DatabaseSync): AuditHead {
  const row = database
    .prepare(`SELECT id, hash FROM audit WHERE ${SAFE_ID} ORDER BY id DESC LIMIT 1`)
    .get();
  return row === undefined
    ? anchorOf(database)
    : { id: integerIn(row, "id"), hash: textIn(row, "hash") };
}

/** Returns the hash before the oldest row: empty in a new book, else that of the last row removed. */
function anchorOf(database: DatabaseSync): AuditHead {
  const row = database.prepare("SELECT value FROM facts WHERE name = 'audit-anchor'").get();
  const [id, ...rest] = row === undefined ? ["0"] : textIn(row, "value").split(" ");
  return { id: Number(id), hash: rest.join(" ") };
}

/** Verifies one page of rows after `from`; undefined: the first page. */
function verifyPage(
  database: DatabaseSync,
  head: AuditHead,
  { from, saved }: { readonly from: AuditHead | undefined; readonly saved: string | undefined },
): AuditStep {
  const page = database.prepare(
    `SELECT * FROM every_audit WHERE id > ? ORDER BY id LIMIT ${PAGE_LENGTH}`,
  );
  const anchor = anchorOf(database);
  // Old rows may have been removed since the page before.
  let link = from === undefined || from.id < anchor.id ? anchor : from;
  let containsSaved = link.hash === saved;
  const rows = allRows(page, link.id);
  for (const row of rows) {
    const [entry] = readEach([row], auditIn, () => undefined);
    if (entry === undefined) return { intact: false, brokenAt: link.id + 1 };
    const expected = linkHash(link.hash, entry);
    if (entry.id !== link.id + 1 || entry.hash !== expected)
      return { intact: false, brokenAt: entry.id };
    link = { id: entry.id, hash: entry.hash };
    containsSaved ||= link.hash === saved;
  }
  const isEnd = rows.length < PAGE_LENGTH;
  if (isEnd && (link.id !== head.id || link.hash !== head.hash))
    return { intact: false, brokenAt: link.id + 1 };
  return { intact: true, link, entries: rows.length, containsSaved, isEnd };
}

function forgetAudit(database: DatabaseSync, before: Instant, limit: number): number {
  // Delete only from the oldest end, whatever a stepped clock wrote, because a chain has no gaps.
  const oldest = database.prepare(
    `SELECT id, at, hash FROM audit WHERE ${SAFE_ID} ORDER BY id LIMIT ?`,
  );
  const rows = allRows(oldest, limit);
  const kept = rows.findIndex((row) => Number(row["at"]) >= before);
  const last = rows[(kept < 0 ? rows.length : kept) - 1];
  if (last === undefined) return 0;
  const id = integerIn(last, "id");
  database
    .prepare("INSERT OR REPLACE INTO facts VALUES ('audit-anchor', ?)")
    .run(`${id} ${textIn(last, "hash")}`);
  return Number(database.prepare("DELETE FROM audit WHERE id <= ?").run(id).changes);
}

function* walkAudit(
  database: DatabaseSync,
  filter: AuditFilter,
  onUnreadable: OnUnreadable,
): Iterable<AuditEntry> {
  const conditions = ["id < ?"];
  const values: SQLInputValue[] = [];
  if (filter.subject !== undefined) {
    conditions.push(`(subject = ? OR (${LISTS_SUBJECT}))`);
    values.push(filter.subject, filter.subject);
  }
  if (filter.jail !== undefined) {
    conditions.push("jail = ?");
    values.push(filter.jail);
  }
  const page = database.prepare(
    `SELECT * FROM every_audit WHERE ${conditions.join(" AND ")} ORDER BY id DESC LIMIT ?`,
  );
  const since = filter.since ?? 0;
  let before: number = Number.MAX_SAFE_INTEGER;
  for (let left = filter.limit; left > 0; ) {
    const rows = allRows(page, before, ...values, Math.min(left, PAGE_LENGTH));
    const entries = readEach(rows, auditIn, onUnreadable);
    const recent = entries.filter(({ at }) => at >= since);
    yield* recent;
    const last = rows.at(-1);
    // A stepped clock leaves entries in another order than their times, but hardly a whole page of them.
    if (last === undefined || (entries.length > 0 && recent.length === 0)) return;
    before = integerIn(last, "id");
    left -= rows.length;
  }
}

function auditIn(row: Row): AuditEntry {
  return {
    id: integerIn(row, "id"),
    at: instantIn(row, "at"),
    action: textIn(row, "action"),
    who: textIn(row, "who"),
    ...(row["subject"] === null ? {} : { subject: subjectIn(row) }),
    ...(row["jail"] === null ? {} : { jail: jailIn(row) }),
    detail: textIn(row, "detail"),
    hash: textIn(row, "hash"),
  };
}

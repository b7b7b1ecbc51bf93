/**
 * Stores past bans, for longer bans of repeat offenders and for display. A ban keeps its id, by which its evidence is
 * found.
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { BookedBan } from "../../domain/ban.ts";
import type { HistoryFilter, PastBan } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import { type Instant, LAST_INSTANT } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { pastBanIn, UNBANNED_AND_COUNTS } from "./ban-columns.ts";
import { integerIn, rangeColumns, untilColumn } from "./columns.ts";
import { allRows, type OnUnreadable, readEach } from "./read-rows.ts";
import { OVERLAPS, overlapValues } from "./subject-search.ts";

export interface BanEnd {
  readonly ended: Instant;
  readonly why: PastBan["why"];
  readonly counts: boolean;
  readonly by: string;
  readonly note: string;
}

export interface History {
  insert(ban: BookedBan, end: BanEnd): PastBan;
  earlier(subject: Subject, jail: JailName | "all", since: Instant): number;
  /** Returns bans, newest first. */
  walk(filter: HistoryFilter): Iterable<PastBan>;
  /** Deletes past bans that ended before this time, with their evidence, at most `limit`. Returns their number. */
  forget(before: Instant, limit: number): number;
}

export function createHistory(database: DatabaseSync, onUnreadable: OnUnreadable): History {
  const insertion = database.prepare(
    "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const all = database.prepare(
    `SELECT count(*) AS n FROM every_history WHERE subject = ? AND ended_at >= ? AND ${COUNTS}`,
  );
  const ofJail = database.prepare(
    `SELECT count(*) AS n FROM every_history
       WHERE subject = ? AND ended_at >= ? AND ${COUNTS} AND jail = ?`,
  );
  const over = "(SELECT id FROM history WHERE ended_at < ? ORDER BY ended_at LIMIT ?)";
  const evidence = database.prepare(`DELETE FROM evidence WHERE ban_id IN ${over}`);
  const forgotten = database.prepare(`DELETE FROM history WHERE id IN ${over}`);
  return {
    insert: (booked, end) => {
      const past = pastBanOf(booked, end);
      // A self-test must not lengthen a later ban, and is of no interest in the history.
      if (past.origin === "canary") return past;
      const { id, subject, jail, scope, from, until, origin, reason, rule } = past;
      const low = rangeColumns(subject).first;
      insertion.run(
        ...[id, subject, jail, low, scope, from, untilColumn(until), origin, reason, rule],
        ...[past.failures, past.escalation, end.ended, whyColumn(end), end.by, end.note],
      );
      return past;
    },
    earlier: (subject, jail, since) => {
      const row = jail === "all" ? all.get(subject, since) : ofJail.get(subject, since, jail);
      return row === undefined ? 0 : integerIn(row, "n");
    },
    walk: (filter) => walkHistory(database, filter, onUnreadable),
    forget: (before, limit) => {
      evidence.run(before, limit);
      return Number(forgotten.run(before, limit).changes);
    },
  };
}

/** Selects bans that lengthen later ones. Earlier releases stored a lifted ban, which does not, as 'unbanned'. */
const COUNTS = "why <> 'unbanned'";

function whyColumn({ why, counts }: BanEnd): string {
  return why === "unbanned" && counts ? UNBANNED_AND_COUNTS : why;
}

function pastBanOf(booked: BookedBan, end: BanEnd): PastBan {
  const { state: _state, gaps: _gaps, ...ban } = booked;
  return { ...ban, ...end };
}

/** Number of rows read at a time. */
const PAGE_LENGTH = 500;

/** Reads the history. Prepared on demand, because only users need it, never the main path. */
function* walkHistory(
  database: DatabaseSync,
  filter: HistoryFilter,
  onUnreadable: OnUnreadable,
): Iterable<PastBan> {
  const conditions = ["(ended_at, id) < (?, ?)"];
  const values: SQLInputValue[] = [];
  if (filter.subject !== undefined) {
    conditions.push(OVERLAPS);
    values.push(...overlapValues(filter.subject));
  }
  if (filter.jail !== undefined) {
    conditions.push("jail = ?");
    values.push(filter.jail);
  }
  if (filter.since !== undefined) {
    conditions.push("ended_at >= ?");
    values.push(filter.since);
  }
  const page = database.prepare(
    `SELECT * FROM every_history WHERE ${conditions.join(" AND ")}
       ORDER BY ended_at DESC, id DESC LIMIT ?`,
  );
  let before: readonly [SQLInputValue, SQLInputValue] = [LAST_INSTANT, Number.MAX_SAFE_INTEGER];
  for (let left = filter.limit; left > 0; ) {
    const rows = allRows(page, ...before, ...values, Math.min(left, PAGE_LENGTH));
    yield* readEach(rows, pastBanIn, onUnreadable);
    const last = rows.at(-1);
    if (last === undefined) return;
    before = [last["ended_at"] ?? 0, last["id"] ?? 0];
    left -= rows.length;
  }
}

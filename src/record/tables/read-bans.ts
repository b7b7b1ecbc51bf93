/** Reads current bans. Long lists are read page by page, so no statement stays open. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { BookedBan } from "../../domain/ban.ts";
import { type Subject, splitSubject } from "../../domain/cidr.ts";
import type { Block } from "../../domain/enforcer.ts";
import type { EnforcerDemand } from "../../domain/enforcer-view.ts";
import {
  type Instant,
  instant,
  LAST_INSTANT,
  laterUntil,
  type Until,
} from "../../domain/instant.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { bookedBanIn, jailIn, scopeIn } from "./ban-columns.ts";
import { FOREVER_COLUMN, integerIn, type Row, textIn, untilIn } from "./columns.ts";
import type { EnforcerViews } from "./enforcer-views.ts";
import type { PrefixLengths } from "./prefix-lengths.ts";
import { allRows, firstRow, type OnUnreadable, readEach } from "./read-rows.ts";
import { CONTAINS, containerNames, OVERLAPS, overlapValues } from "./subject-search.ts";
import { unionOverJails } from "./union-blocks.ts";

/** Number of rows read at a time. Bounds memory and the time that the event loop is blocked. */
const PAGE_LENGTH = 500;
/** SQL condition: an end that `untilIn` can read. */
const READABLE_END = `(until_at = ${FOREVER_COLUMN} OR until_at <= ${LAST_INSTANT})`;

/** Prepares the queries, once for each connection. */
function prepareQueries(database: DatabaseSync) {
  return {
    one: database.prepare("SELECT * FROM bans WHERE subject = ? AND jail = ?"),
    near: database.prepare(`SELECT * FROM bans WHERE ${OVERLAPS} ORDER BY low, jail LIMIT 1000`),
    // Only networks with known names can contain a single address.
    around: database.prepare(`SELECT * FROM bans WHERE ${CONTAINS} ORDER BY low, jail`),
    pageNear: database.prepare(
      `SELECT * FROM bans WHERE ${OVERLAPS} AND (low, subject, jail) > (?, ?, ?)
         ORDER BY low, subject, jail LIMIT ${PAGE_LENGTH}`,
    ),
    ended: database.prepare("SELECT * FROM bans WHERE until_at <= ? ORDER BY until_at LIMIT ?"),
    page: database.prepare(
      `SELECT * FROM bans WHERE (subject, jail) > (?, ?) ORDER BY subject, jail LIMIT ${PAGE_LENGTH}`,
    ),
    // Read only the columns of a block: 100,000 whole rows take twice the time.
    pageOfBlocks: database.prepare(
      `SELECT subject, jail, scope, until_at FROM bans
         WHERE (subject, jail) > (?, ?) ORDER BY subject, jail LIMIT ${PAGE_LENGTH}`,
    ),
    pageOfJail: database.prepare(
      `SELECT * FROM bans WHERE jail = ? AND subject > ? ORDER BY subject LIMIT ${PAGE_LENGTH}`,
    ),
    counts: database.prepare("SELECT jail, count(*) AS n FROM bans GROUP BY jail"),
    soonest: database.prepare(
      `SELECT min(until_at) AS soonest FROM bans WHERE until_at < ${FOREVER_COLUMN}`,
    ),
    blocksOf: database.prepare(
      `SELECT jail, scope, until_at FROM bans
         WHERE subject = ? AND until_at > ? AND ${READABLE_END}`,
    ),
  };
}

export interface BanReaderOptions {
  readonly views: EnforcerViews;
  readonly lengths: PrefixLengths;
  readonly onUnreadable: OnUnreadable;
}

export class BanReader {
  readonly #options: BanReaderOptions;
  readonly #queries: ReturnType<typeof prepareQueries>;

  constructor(database: DatabaseSync, options: BanReaderOptions) {
    this.#options = options;
    this.#queries = prepareQueries(database);
  }

  find(jail: JailName, subject: Subject): BookedBan | undefined {
    const row = firstRow(this.#queries.one, subject, jail);
    return row === undefined ? undefined : this.#bansIn([row])[0];
  }

  /** Returns at most 1000 bans that share an address with the subject. */
  overlapping(subject: Subject): readonly BookedBan[] {
    if (isAddress(subject)) return this.#aroundAddress(subject);
    return this.#bansIn(allRows(this.#queries.near, ...this.#overlapValues(subject)));
  }

  *walkOverlapping(subject: Subject): Iterable<BookedBan> {
    if (isAddress(subject)) return yield* this.#aroundAddress(subject);
    let after = ["", "", ""];
    for (;;) {
      const rows = allRows(this.#queries.pageNear, ...this.#overlapValues(subject), ...after);
      yield* this.#bansIn(rows);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE_LENGTH) return;
      after = [textIn(last, "low"), textIn(last, "subject"), textIn(last, "jail")];
    }
  }

  *walk(jail: JailName | undefined): Iterable<BookedBan> {
    if (jail === undefined) {
      for (const rows of pages(this.#queries.page)) yield* this.#bansIn(rows);
      return;
    }
    let after = "";
    for (;;) {
      const rows = allRows(this.#queries.pageOfJail, jail, after);
      yield* this.#bansIn(rows);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = textIn(last, "subject");
    }
  }

  ended(now: Instant, limit: number): readonly BookedBan[] {
    return this.#bansIn(allRows(this.#queries.ended, now, limit));
  }

  /** Returns unreadable rows of expired bans, at most 500. */
  endedUnreadable(now: Instant): readonly Row[] {
    const rows = allRows(this.#queries.ended, now, PAGE_LENGTH);
    return rows.filter((row) => this.#bansIn([row]).length === 0);
  }

  count(): ReadonlyMap<JailName, number> {
    const { onUnreadable } = this.#options;
    const countIn = (row: Row): readonly [JailName, number] => [jailIn(row), integerIn(row, "n")];
    return new Map(readEach(this.#queries.counts.all(), countIn, onUnreadable));
  }

  blocks(demand: EnforcerDemand, now: Instant): Iterable<Block> {
    const { onUnreadable } = this.#options;
    return unionOverJails(pages(this.#queries.pageOfBlocks), { demand, now, onUnreadable });
  }

  /** Returns the latest end over the jails of this enforcer. Runs for each ban and unban, so it makes no iterator. */
  blockAfter(
    demand: EnforcerDemand,
    { subject, scope }: Pick<Block, "subject" | "scope">,
    now: Instant,
  ): Block | undefined {
    let until: Until | undefined;
    for (const row of allRows(this.#queries.blocksOf, subject, now)) {
      if (demand.scopes === "ports" && row["scope"] !== scope) continue;
      const jail = parseJailName(String(row["jail"]));
      const banned = demand.scopes === "ports" ? scope : scopeIn(row);
      if (jail === undefined || demand.dutyFor(jail, banned) === "none") continue;
      const end = untilIn(row, "until_at");
      until = until === undefined ? end : laterUntil(until, end);
    }
    return until === undefined ? undefined : { subject, scope, until };
  }

  nextExpiry(): Instant | undefined {
    const row = firstRow(this.#queries.soonest);
    if (row === undefined || row["soonest"] === null) return undefined;
    return instant(Number(row["soonest"]));
  }

  #bansIn(rows: readonly Row[]): readonly BookedBan[] {
    const { views, onUnreadable } = this.#options;
    return readEach(rows, (row) => bookedBanIn(row, views), onUnreadable);
  }

  #aroundAddress(subject: Subject): readonly BookedBan[] {
    const names = containerNames(subject, this.#lengthsFor(subject));
    return this.#bansIn(allRows(this.#queries.around, names));
  }

  #overlapValues(subject: Subject): ReturnType<typeof overlapValues> {
    return overlapValues(subject, this.#lengthsFor(subject));
  }

  #lengthsFor(subject: Subject): Iterable<number> {
    return this.#options.lengths.of(splitSubject(subject).family);
  }
}

function* pages(statement: StatementSync): Iterable<readonly Row[]> {
  let [subject, jail] = ["", ""];
  for (;;) {
    const rows = allRows(statement, subject, jail);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    [subject, jail] = [textIn(last, "subject"), textIn(last, "jail")];
  }
}

function isAddress(subject: Subject): boolean {
  return !subject.includes("/");
}

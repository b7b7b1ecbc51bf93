/**
 * Selects current bans for a person who looks at them. What an index finds is read directly: all bans in an order, and
 * the few that overlap an address. Any other search reads the whole table in steps of SCANNED_ROWS, so that its
 * caller can do other work in between.
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { BanQuery, FoundBans } from "../../domain/ban-query.ts";
import { bookedBanIn } from "./ban-columns.ts";
import { integerIn, textIn } from "./columns.ts";
import type { EnforcerViews } from "./enforcer-views.ts";
import { allRows, firstRow, type OnUnreadable, readEach } from "./read-rows.ts";
import { OVERLAPS, overlapValues } from "./subject-search.ts";

/** A ban that matches a search, with the value of the column that it is sorted by. */
export interface BanMatch {
  readonly subject: string;
  readonly jail: string;
  readonly sorted: string | number;
}

export interface ScanStep {
  readonly matches: readonly BanMatch[];
  /** The last row that was read, after which the next step begins; undefined: the table was read to its end. */
  readonly last: ScanPosition | undefined;
}

export type ScanPosition = readonly [subject: string, jail: string];

const COLUMNS = { address: "low", from: "from_at", until: "until_at" } as const;
const SCANNED_ROWS = 5000;
/** Maximum number of overlapping bans that are sorted without a pause, which takes some milliseconds. */
const MAX_SORTED = 1000;
const MATCHES = `(?1 = '' OR instr(subject, ?1) OR instr(lower(reason), ?1) OR instr(lower(rule), ?1)
  OR instr(lower(jail), ?1)) AND (?2 = '' OR jail = ?2) AND (?3 = '' OR origin = ?3)`;

export class BanSearch {
  readonly #database: DatabaseSync;
  readonly #views: EnforcerViews;
  readonly #onUnreadable: OnUnreadable;

  constructor(
    database: DatabaseSync,
    options: { readonly views: EnforcerViews; readonly onUnreadable: OnUnreadable },
  ) {
    this.#database = database;
    this.#views = options.views;
    this.#onUnreadable = options.onUnreadable;
  }

  /** Reports whether `page` can answer quickly. */
  isIndexed({ text, jail, origin, near }: BanQuery): boolean {
    if (near === undefined) return (text ?? jail ?? origin) === undefined;
    const few = this.#database.prepare(
      `SELECT count(*) AS n FROM (SELECT 1 FROM bans WHERE ${OVERLAPS} LIMIT ${MAX_SORTED + 1})`,
    );
    const counted = firstRow(few, ...overlapValues(near));
    return counted !== undefined && integerIn(counted, "n") <= MAX_SORTED;
  }

  /** Returns one page of the bans that match. */
  page(query: BanQuery): FoundBans {
    const { near, sort, descending, limit, offset } = query;
    const { condition, values } = conditionOf(query);
    const where = near === undefined ? "" : `WHERE ${condition}`;
    const selected = near === undefined ? [] : values;
    const direction = descending ? "DESC" : "ASC";
    // The primary key makes the order total, so that pages do not overlap.
    const order = [COLUMNS[sort], "subject", "jail"].map((column) => `${column} ${direction}`);
    const count = this.#database.prepare(`SELECT count(*) AS n FROM bans ${where}`);
    const page = this.#database.prepare(
      `SELECT * FROM bans ${where} ORDER BY ${order.join(", ")} LIMIT ? OFFSET ?`,
    );
    const counted = firstRow(count, ...selected);
    const rows = allRows(page, ...selected, limit, offset);
    return {
      found: counted === undefined ? 0 : integerIn(counted, "n"),
      bans: readEach(rows, (row) => bookedBanIn(row, this.#views), this.#onUnreadable),
    };
  }

  /** Reads the next rows, and returns those that match. */
  scan(query: BanQuery, [subject, after]: ScanPosition): ScanStep {
    const { condition, values } = conditionOf(query);
    const rows = this.#database.prepare(
      `SELECT subject, jail, ${COLUMNS[query.sort]} AS sorted, (${condition}) AS matches FROM bans
         WHERE (subject, jail) > (?, ?) ORDER BY subject, jail LIMIT ${SCANNED_ROWS}`,
    );
    const read = allRows(rows, ...values, subject, after);
    const last = read.at(-1);
    const matches = read
      .filter((row) => row["matches"] === 1)
      .map(({ subject: of, jail: by, sorted }): BanMatch => {
        return {
          subject: String(of),
          jail: String(by),
          sorted: typeof sorted === "number" ? sorted : String(sorted),
        };
      });
    const isEnd = last === undefined || read.length < SCANNED_ROWS;
    return { matches, last: isEnd ? undefined : [textIn(last, "subject"), textIn(last, "jail")] };
  }
}

/** Returns an SQL condition with its values. Those of MATCHES are numbered, so it comes first. */
function conditionOf({ text, jail, origin, near }: BanQuery): {
  readonly condition: string;
  readonly values: readonly SQLInputValue[];
} {
  const values = [text?.toLowerCase() ?? "", jail ?? "", origin ?? ""];
  if (near === undefined) return { condition: MATCHES, values };
  return { condition: `${MATCHES} AND ${OVERLAPS}`, values: [...values, ...overlapValues(near)] };
}

/**
 * Selects current bans for a person who looks at them. Pages in an order that has an index are read directly. A search
 * for text reads the whole table in steps of SCANNED_ROWS, each about 10 ms, so that its caller can do other work in
 * between.
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

  /** Returns one page of all bans, or of those that overlap `near`. */
  page({ near, sort, descending, limit, offset }: BanQuery): FoundBans {
    const where = near === undefined ? "" : `WHERE ${OVERLAPS}`;
    const values: readonly SQLInputValue[] = near === undefined ? [] : overlapValues(near);
    const direction = descending ? "DESC" : "ASC";
    // The primary key makes the order total, so that pages do not overlap.
    const order = [COLUMNS[sort], "subject", "jail"].map((column) => `${column} ${direction}`);
    const count = this.#database.prepare(`SELECT count(*) AS n FROM bans ${where}`);
    const page = this.#database.prepare(
      `SELECT * FROM bans ${where} ORDER BY ${order.join(", ")} LIMIT ? OFFSET ?`,
    );
    const counted = firstRow(count, ...values);
    const rows = allRows(page, ...values, limit, offset);
    return {
      found: counted === undefined ? 0 : integerIn(counted, "n"),
      bans: readEach(rows, (row) => bookedBanIn(row, this.#views), this.#onUnreadable),
    };
  }

  /** Reads the next rows, and returns those that match text, jail and origin. */
  scan({ text, jail, origin, sort }: BanQuery, [subject, after]: ScanPosition): ScanStep {
    const rows = this.#database.prepare(
      `SELECT subject, jail, ${COLUMNS[sort]} AS sorted, (${MATCHES}) AS matches FROM bans
         WHERE (subject, jail) > (?4, ?5) ORDER BY subject, jail LIMIT ${SCANNED_ROWS}`,
    );
    const wanted = [text?.toLowerCase() ?? "", jail ?? "", origin ?? ""];
    const read = allRows(rows, ...wanted, subject, after);
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

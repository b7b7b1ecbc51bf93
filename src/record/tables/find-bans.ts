/**
 * Finds current bans by text, jail and origin, and returns one page of them in the requested order. Every query reads
 * the whole table, about 40 ms with 100,000 bans, so callers ask for what a person looks at, and not in a loop.
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { BanQuery, FoundBans } from "../../domain/ban-query.ts";
import { bookedBanIn } from "./ban-columns.ts";
import { integerIn } from "./columns.ts";
import type { EnforcerViews } from "./enforcer-views.ts";
import { allRows, firstRow, type OnUnreadable, readEach } from "./read-rows.ts";
import { OVERLAPS, overlapValues } from "./subject-search.ts";

export type BanSearch = (query: BanQuery) => FoundBans;

/** Columns of each order; the primary key at the end makes every order total, so that pages do not overlap. */
const ORDERS: { readonly [sort in BanQuery["sort"]]: readonly string[] } = {
  address: ["low", "subject", "jail"],
  from: ["from_at", "subject", "jail"],
  until: ["until_at", "subject", "jail"],
};

const CONTAINS_TEXT =
  "(instr(subject, ?1) OR instr(lower(reason), ?1) OR instr(lower(rule), ?1) OR instr(lower(jail), ?1))";

export function createBanSearch(
  database: DatabaseSync,
  { views, onUnreadable }: { readonly views: EnforcerViews; readonly onUnreadable: OnUnreadable },
): BanSearch {
  return (query) => {
    const { where, values } = conditionsOf(query);
    const direction = query.descending ? "DESC" : "ASC";
    const order = ORDERS[query.sort].map((column) => `${column} ${direction}`).join(", ");
    const count = database.prepare(`SELECT count(*) AS n FROM bans ${where}`);
    const page = database.prepare(`SELECT * FROM bans ${where} ORDER BY ${order} LIMIT ? OFFSET ?`);
    const counted = firstRow(count, ...values);
    const rows = allRows(page, ...values, query.limit, query.offset);
    return {
      found: counted === undefined ? 0 : integerIn(counted, "n"),
      bans: readEach(rows, (row) => bookedBanIn(row, views), onUnreadable),
    };
  };
}

interface Conditions {
  /** A WHERE clause, or "". */
  readonly where: string;
  readonly values: readonly SQLInputValue[];
}

function conditionsOf({ text, near, jail, origin }: BanQuery): Conditions {
  const parts: (readonly [string, readonly SQLInputValue[]])[] = [];
  // First, because its parameter is numbered.
  if (text !== undefined) parts.push([CONTAINS_TEXT, [text.toLowerCase()]]);
  if (near !== undefined) parts.push([OVERLAPS, overlapValues(near)]);
  if (jail !== undefined) parts.push(["jail = ?", [jail]]);
  if (origin !== undefined) parts.push(["origin = ?", [origin]]);
  const where = parts.map(([condition]) => condition).join(" AND ");
  return {
    where: where === "" ? "" : `WHERE ${where}`,
    values: parts.flatMap(([, values]) => values),
  };
}

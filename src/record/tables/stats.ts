/**
 * Stores statistics. Counts are added to those of the same day, so a save may be repeated only if it failed as a whole.
 * The statements are prepared on demand: they run every few minutes, and never on the main path.
 */
import type { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import type { Instant } from "../../domain/instant.ts";
import { parseJson } from "../../domain/json.ts";
import {
  COUNTERS,
  type DayTop,
  DAY_MS,
  HOUR_MS,
  type HourCount,
  type JailRun,
  type StateChange,
  type Stats,
  type StatsPeriod,
  TOP_KINDS,
  type TopList,
} from "../../domain/stats.ts";
import { EMPTY_LIST, mergeTops } from "../../telemetry/stats/top-list.ts";
import { KEYS_OF_DAY } from "../../telemetry/stats/stats-accumulator.ts";
import {
  instantIn,
  integerIn,
  optionalTextIn,
  type Row,
  textIn,
  UnreadableColumn,
  wholeCount,
} from "./columns.ts";
import { formatHours, HOURS_A_DAY, parseHours } from "./day-hours.ts";
import { allRows, firstRow, type OnUnreadable, readEach } from "./read-rows.ts";

/** A restart that takes no longer interrupts no run, so that a daemon that keeps crashing adds few rows. */
const RUN_GAP_MS = 60_000;
/** Maximum number of state changes that are kept. */
export const MAX_CHANGES = 20_000;

const ENTRY = v.tuple([v.string(), v.number(), v.number()]);
const LIST = v.object({ floor: v.number(), entries: v.array(ENTRY) });

/** Adds statistics to those that are stored. Runs inside the caller's transaction. */
export function addStats(database: DatabaseSync, stats: Stats): void {
  addCounts(database, stats.counts);
  addTops(database, stats.tops);
  addRuns(database, stats.runs);
  const change = database.prepare(
    "INSERT INTO stats_changes (jail, at, state, cause) VALUES (?, ?, ?, ?)",
  );
  for (const { jail, at, state, cause } of stats.changes)
    change.run(jail, Math.floor(at), state, cause ?? null);
}

function addCounts(database: DatabaseSync, counts: readonly HourCount[]): void {
  const seriesOf = createSeries(database);
  const known = database.prepare(
    "SELECT hours FROM stats_days WHERE day = ? AND series = ? AND counter = ?",
  );
  const save = database.prepare("INSERT OR REPLACE INTO stats_days VALUES (?, ?, ?, ?)");
  const dayOf = ({ hour }: HourCount): number => Math.floor(hour / HOURS_A_DAY);
  const days = Map.groupBy(counts, (one) => `${dayOf(one)} ${one.counter} ${one.jail} ${one.rule}`);
  for (const own of days.values()) {
    const [first] = own;
    if (first === undefined) continue;
    const key = [dayOf(first), seriesOf(first), COUNTERS.indexOf(first.counter)] as const;
    const row = firstRow(known, ...key);
    // A damaged row is replaced.
    const hours = [...((row && parseHours(textIn(row, "hours"))) ?? [])];
    for (const { hour, count } of own) {
      const at = hour % HOURS_A_DAY;
      hours[at] = (hours[at] ?? 0) + wholeCount(count);
    }
    save.run(...key, formatHours(hours));
  }
}

/** Returns a function that returns the id of a series, which it adds if it is new. */
function createSeries(database: DatabaseSync): (one: HourCount) => number {
  const known = database.prepare("SELECT id FROM stats_series WHERE jail = ? AND rule = ?");
  const added = database.prepare("INSERT INTO stats_series (jail, rule) VALUES (?, ?)");
  return ({ jail, rule }) => {
    const row = known.get(jail, rule);
    return row === undefined ? Number(added.run(jail, rule).lastInsertRowid) : integerIn(row, "id");
  };
}

function addTops(database: DatabaseSync, tops: readonly DayTop[]): void {
  const known = database.prepare("SELECT list FROM stats_tops WHERE day = ? AND kind = ?");
  for (const { day, kind, list } of tops) {
    if (list.entries.length === 0) continue;
    const row = firstRow(known, day, kind);
    const before = row === undefined ? EMPTY_LIST : (readList(row) ?? EMPTY_LIST);
    const merged = mergeTops([before, list], KEYS_OF_DAY);
    saveTop(database, { day, kind, list: merged }, "growing");
  }
}

export function saveTop(
  database: DatabaseSync,
  { day, kind, list }: DayTop,
  state: "growing" | "final",
): void {
  const entries = list.entries.map(({ key, count, error }) => [key, count, error]);
  const text = JSON.stringify({ floor: list.floor, entries });
  database
    .prepare("INSERT OR REPLACE INTO stats_tops VALUES (?, ?, ?, ?)")
    .run(day, kind, state === "final" ? 1 : 0, text);
}

function readList(row: Row): TopList | undefined {
  const list = v.safeParse(LIST, parseJson(textIn(row, "list")));
  if (!list.success) return undefined;
  const entries = list.output.entries.map(([key, count, error]) => ({ key, count, error }));
  return { floor: list.output.floor, entries };
}

/** Extends the last run of the jail, or adds one. */
function addRuns(database: DatabaseSync, runs: readonly JailRun[]): void {
  const last = database.prepare(
    `SELECT from_at, to_at FROM stats_runs WHERE jail = ? AND counts_drops = ? AND from_at <= ?
       ORDER BY from_at DESC LIMIT 1`,
  );
  const save = database.prepare("INSERT OR REPLACE INTO stats_runs VALUES (?, ?, ?, ?)");
  for (const { jail, from, to, countsDrops } of runs) {
    const drops = countsDrops ? 1 : 0;
    const row = firstRow(last, jail, drops, Math.floor(from));
    const before = row && { from: integerIn(row, "from_at"), to: integerIn(row, "to_at") };
    const isExtended = before !== undefined && from - before.to <= RUN_GAP_MS;
    const begin = isExtended ? before.from : Math.floor(from);
    save.run(jail, begin, Math.max(Math.floor(to), isExtended ? before.to : 0), drops);
  }
}

/** Reads what is stored of a period, with whole days of counts and lists. */
export function readStats(
  database: DatabaseSync,
  { from, to }: StatsPeriod,
  onUnreadable: OnUnreadable,
): Stats {
  const days = [Math.floor(from / DAY_MS), Math.floor(to / DAY_MS)] as const;
  const hours = [Math.floor(from / HOUR_MS), Math.ceil(to / HOUR_MS)] as const;
  const select = (sql: string, ...values: readonly number[]): readonly Row[] =>
    allRows(database.prepare(sql), ...values);
  const counts = select(
    `SELECT day, jail, rule, counter, hours FROM stats_days JOIN stats_series ON id = series
       WHERE day BETWEEN ? AND ?`,
    ...days,
  );
  const tops = select("SELECT * FROM stats_tops WHERE day BETWEEN ? AND ? ORDER BY day", ...days);
  const runs = select("SELECT * FROM stats_runs WHERE to_at > ? AND from_at < ?", from, to);
  const changes = select(
    "SELECT * FROM stats_changes WHERE at BETWEEN ? AND ? ORDER BY id",
    from,
    to,
  );
  return {
    counts: readEach(counts, countsIn, onUnreadable)
      .flat()
      .filter(({ hour }) => hour >= hours[0] && hour < hours[1]),
    tops: readEach(tops, topIn, onUnreadable),
    runs: readEach(runs, runIn, onUnreadable),
    changes: readEach(changes, changeIn, onUnreadable),
  };
}

/** Returns the last change of each jail before this time. */
export function readStatesBefore(
  database: DatabaseSync,
  at: Instant,
  onUnreadable: OnUnreadable,
): readonly StateChange[] {
  const last = "SELECT max(id) FROM stats_changes WHERE at < ? GROUP BY jail";
  const changes = database.prepare(`SELECT * FROM stats_changes WHERE id IN (${last}) ORDER BY id`);
  return readEach(allRows(changes, at), changeIn, onUnreadable);
}

function countsIn(row: Row): readonly HourCount[] {
  const counter = COUNTERS[integerIn(row, "counter")];
  if (counter === undefined) throw new UnreadableColumn("column counter holds no counter");
  const hours = parseHours(textIn(row, "hours"));
  if (hours === undefined) throw new UnreadableColumn("column hours holds no counts");
  const series = { jail: textIn(row, "jail"), rule: textIn(row, "rule"), counter };
  const first = integerIn(row, "day") * HOURS_A_DAY;
  return hours.flatMap((count, i) => (count === 0 ? [] : [{ ...series, hour: first + i, count }]));
}

export function topIn(row: Row): DayTop {
  const list = readList(row);
  if (list === undefined) throw new UnreadableColumn("column list holds no list");
  const kind = TOP_KINDS.find((one) => one === row["kind"]);
  if (kind === undefined) throw new UnreadableColumn("column kind holds no kind of list");
  return { day: integerIn(row, "day"), kind, list };
}

function runIn(row: Row): JailRun {
  const [from, to] = [instantIn(row, "from_at"), instantIn(row, "to_at")];
  return { jail: textIn(row, "jail"), from, to, countsDrops: integerIn(row, "counts_drops") !== 0 };
}

function changeIn(row: Row): StateChange {
  const [jail, state] = [textIn(row, "jail"), textIn(row, "state")];
  return { jail, state, at: instantIn(row, "at"), cause: optionalTextIn(row, "cause") };
}

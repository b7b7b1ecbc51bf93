/** Deletes old statistics, and shortens the lists of past days. Runs inside the caller's transaction. */
import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../../domain/instant.ts";
import { DAY_MS, type DayTop, type TopEntry, type TopList } from "../../domain/stats.ts";
import { trimTop } from "../../telemetry/stats/top-list.ts";
import { allRows, type OnUnreadable, readEach } from "./read-rows.ts";
import { MAX_CHANGES, saveTop, topIn } from "./stats.ts";

const DAYS_KEPT = 2 * 365;
/** Number of keys that are kept of a past day. */
const KEYS_KEPT = 32;
/** A name that was typed less often in a day may be a password, which is not kept. */
const MIN_TYPED = 3;

export function pruneStats(database: DatabaseSync, now: Instant, onUnreadable: OnUnreadable): void {
  const today = Math.floor(now / DAY_MS);
  const run = (sql: string, value: number): void => void database.prepare(sql).run(value);
  run("DELETE FROM stats_days WHERE day < ?", today - DAYS_KEPT);
  run("DELETE FROM stats_tops WHERE day < ?", today - DAYS_KEPT);
  run("DELETE FROM stats_runs WHERE to_at < ?", now - DAYS_KEPT * DAY_MS);
  run("DELETE FROM stats_changes WHERE at < ?", now - DAYS_KEPT * DAY_MS);
  run("DELETE FROM stats_changes WHERE id <= (SELECT max(id) FROM stats_changes) - ?", MAX_CHANGES);
  database.exec("DELETE FROM stats_series WHERE id NOT IN (SELECT series FROM stats_days)");
  // Yesterday is left out, because the clock may be set back.
  const past = database.prepare("SELECT * FROM stats_tops WHERE day < ? AND is_final = 0");
  for (const top of readEach(allRows(past, today - 1), topIn, onUnreadable))
    saveTop(database, { ...top, list: shorten(top) }, "final");
}

function shorten({ kind, list }: DayTop): TopList {
  const isRare = ({ count, error }: TopEntry): boolean =>
    kind === "user" && count - error < MIN_TYPED;
  const rare = list.entries.filter(isRare);
  const floor = Math.max(list.floor, ...rare.map(({ count }) => count));
  return trimTop({ entries: list.entries.filter((one) => !isRare(one)), floor }, KEYS_KEPT);
}

/**
 * Statistics: counts by hour, one row for each series, counter and day (in UTC). `counter` is its place in `COUNTERS`
 * (domain/stats.ts). `hours` is as in tables/day-hours.ts. `stats_tops` has the most frequent keys of a day as JSON, final once it
 * is shortened. `stats_runs` says when failures of a jail would have been counted (the jail "" is the daemon itself).
 */
export const SQL = `
CREATE TABLE stats_series (
  id INTEGER PRIMARY KEY,
  jail TEXT NOT NULL,
  rule TEXT NOT NULL,
  UNIQUE (jail, rule)
) STRICT;
CREATE TABLE stats_days (
  day INTEGER NOT NULL,
  series INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  hours TEXT NOT NULL,
  PRIMARY KEY (day, series, counter)
) STRICT, WITHOUT ROWID;
CREATE TABLE stats_tops (
  day INTEGER NOT NULL,
  kind TEXT NOT NULL,
  is_final INTEGER NOT NULL,
  list TEXT NOT NULL,
  PRIMARY KEY (day, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE stats_runs (
  jail TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  counts_drops INTEGER NOT NULL,
  PRIMARY KEY (jail, from_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE stats_changes (
  id INTEGER PRIMARY KEY,
  jail TEXT NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  cause TEXT
) STRICT;
`;

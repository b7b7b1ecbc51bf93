/**
 * The first schema: current bans, past bans, failures, evidence, audit, allow-list, cursors.
 *
 * Instants are epoch milliseconds; forever is the largest safe integer. `low` is a subject's first address in a form
 * that sorts. The writer assigns ids, not SQLite, so that rows that are kept in memory while the disk cannot be written
 * keep theirs. Lists read the `every_…` views: while writing fails, views of the same names in memory add the rows kept
 * there.
 */
export const SQL = `
CREATE TABLE bans (
  subject TEXT NOT NULL,
  jail TEXT NOT NULL,
  id INTEGER NOT NULL,
  low TEXT NOT NULL,
  scope TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  origin TEXT NOT NULL,
  reason TEXT NOT NULL,
  rule TEXT NOT NULL,
  failures INTEGER NOT NULL,
  escalation INTEGER NOT NULL,
  enforced_run INTEGER NOT NULL,
  error TEXT,
  PRIMARY KEY (subject, jail)
) STRICT, WITHOUT ROWID;
CREATE INDEX bans_by_end ON bans (until_at);
CREATE INDEX bans_by_address ON bans (low);
CREATE INDEX bans_by_jail ON bans (jail);

CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  jail TEXT NOT NULL,
  low TEXT NOT NULL,
  scope TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  origin TEXT NOT NULL,
  reason TEXT NOT NULL,
  rule TEXT NOT NULL,
  failures INTEGER NOT NULL,
  escalation INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  why TEXT NOT NULL,
  ended_by TEXT NOT NULL,
  note TEXT NOT NULL
) STRICT;
CREATE INDEX history_by_subject ON history (subject, ended_at);
CREATE INDEX history_by_address ON history (low);
CREATE INDEX history_by_end ON history (ended_at);

CREATE TABLE failures (
  id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  jail TEXT NOT NULL,
  at INTEGER NOT NULL,
  weight INTEGER NOT NULL,
  rule TEXT NOT NULL,
  user TEXT,
  line TEXT NOT NULL
) STRICT;
CREATE INDEX failures_by_subject ON failures (subject, jail);

CREATE TABLE evidence (
  ban_id INTEGER NOT NULL,
  failure_id INTEGER NOT NULL,
  subject TEXT NOT NULL,
  jail TEXT NOT NULL,
  at INTEGER NOT NULL,
  weight INTEGER NOT NULL,
  rule TEXT NOT NULL,
  user TEXT,
  line TEXT NOT NULL,
  PRIMARY KEY (ban_id, failure_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  who TEXT NOT NULL,
  subject TEXT,
  jail TEXT,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject) WHERE subject IS NOT NULL;

CREATE TABLE allow_list (
  subject TEXT PRIMARY KEY,
  until_at INTEGER NOT NULL,
  since INTEGER NOT NULL,
  who TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  saved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW every_history AS SELECT * FROM history;
CREATE VIEW every_failure AS SELECT * FROM failures;
CREATE VIEW every_evidence AS SELECT * FROM evidence;
CREATE VIEW every_audit AS SELECT * FROM audit;
`;

/**
 * Login sessions of an attempt counter: one row for each slot of its table, which bounds them. `key` is host and
 * process as one number; `waiting` and `progress` are those of detect/session-table.ts.
 */
export const SQL = `
CREATE TABLE sessions (
  jail TEXT NOT NULL,
  slot INTEGER NOT NULL,
  key INTEGER NOT NULL,
  at INTEGER NOT NULL,
  waiting INTEGER NOT NULL,
  progress INTEGER NOT NULL,
  peer TEXT,
  user TEXT,
  PRIMARY KEY (jail, slot)
) STRICT, WITHOUT ROWID;
`;

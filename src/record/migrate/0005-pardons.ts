/**
 * Pardons: the time from which failures of a subject count, because it was unbanned or allowed then. Begins with the
 * unbans in the history.
 */
export const SQL = `
CREATE TABLE pardons (
  subject TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO pardons SELECT subject, max(ended_at) FROM history
  WHERE why LIKE 'unbanned%' AND ended_by <> 'daemon' GROUP BY subject;
`;

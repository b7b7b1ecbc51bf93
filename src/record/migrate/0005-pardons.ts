/**
 * From when on the failures of a subject count: somebody unbanned or allowed it at that moment. Begins with the
 * unbans that the history knows of.
 */
export const SQL = `
CREATE TABLE pardons (
  subject TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO pardons SELECT subject, max(ended_at) FROM history
  WHERE why LIKE 'unbanned%' AND ended_by <> 'daemon' GROUP BY subject;
`;

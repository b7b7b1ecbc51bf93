/**
 * Enforcers that were used on this host: `jails` is a JSON list of jail names, `cleared_at` is null while it may hold
 * blocks. Earlier releases had bailiff's nftables table only.
 */
export const SQL = `
CREATE TABLE enforcers (
  place TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  settings TEXT NOT NULL,
  jails TEXT NOT NULL,
  others INTEGER NOT NULL,
  cleared_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO enforcers
  SELECT '["nftables"]', 'nftables', 'nftables', '{}', '[]', 1, NULL
  WHERE EXISTS (SELECT 1 FROM bans) OR EXISTS (SELECT 1 FROM history);
`;

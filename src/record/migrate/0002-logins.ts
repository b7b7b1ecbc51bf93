/**
 * Logins: one row for each account of a program and the subject it came from (an IPv4 address, an IPv6 /64). `ports`
 * are the peer's ports of the newest connections, newest first, each followed by a space. `key_at` is null if no key
 * was used.
 */
export const SQL = `
CREATE TABLE logins (
  subject TEXT NOT NULL,
  filter TEXT NOT NULL,
  account TEXT NOT NULL,
  low TEXT NOT NULL,
  ip TEXT NOT NULL,
  key_at INTEGER,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  ports TEXT NOT NULL,
  PRIMARY KEY (subject, filter, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_by_address ON logins (low);
`;

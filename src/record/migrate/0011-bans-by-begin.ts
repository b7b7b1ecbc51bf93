/** Adds the order in which bans are shown: the newest first. */
export const SQL = `
CREATE INDEX bans_by_begin ON bans (from_at);
`;

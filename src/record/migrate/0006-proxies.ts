/**
 * Adds the trusted proxy through which a failure came, and the position of its client among the forwarded addresses.
 */
export const SQL = `
ALTER TABLE failures ADD COLUMN proxy TEXT;
ALTER TABLE failures ADD COLUMN hop INTEGER;
ALTER TABLE evidence ADD COLUMN proxy TEXT;
ALTER TABLE evidence ADD COLUMN hop INTEGER;
`;

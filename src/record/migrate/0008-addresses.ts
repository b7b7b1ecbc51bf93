/** Adds the client's address in the line of a failure, because the subject may be a network. */
export const SQL = `
ALTER TABLE failures ADD COLUMN ip TEXT;
ALTER TABLE evidence ADD COLUMN ip TEXT;
`;

/** Adds which detector added weight to a failure, and why. */
export const SQL = `
ALTER TABLE failures ADD COLUMN extra_by TEXT;
`;

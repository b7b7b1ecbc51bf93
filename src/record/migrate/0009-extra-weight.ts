/** Adds what evidence adds to the weight of a failure. */
export const SQL = `
ALTER TABLE failures ADD COLUMN extra INTEGER NOT NULL DEFAULT 0;
`;

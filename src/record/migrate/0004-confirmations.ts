/** Removes the columns about enforcement, because only memory holds whether a ban is enforced (confirmations.ts). */
export const SQL = `
ALTER TABLE bans DROP COLUMN enforced_run;
ALTER TABLE bans DROP COLUMN error;
`;

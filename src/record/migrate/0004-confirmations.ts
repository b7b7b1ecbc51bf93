/** Whether a ban is enforced is known in memory alone (confirmations.ts). */
export const SQL = `
ALTER TABLE bans DROP COLUMN enforced_run;
ALTER TABLE bans DROP COLUMN error;
`;

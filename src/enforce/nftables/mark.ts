/**
 * A transaction that changes nothing and that a monitor shows: it proves that the monitor sees, and tells by which
 * process number the kernel knows us.
 */

/** Its coming and going marks a transaction as ours; never exists outside one. */
export function markTable(table: string): string {
  return `${table}_mark`;
}

export function markCommands(table: string): string {
  return ["add", "delete"].map((verb) => `${verb} table inet ${markTable(table)}\n`).join("");
}

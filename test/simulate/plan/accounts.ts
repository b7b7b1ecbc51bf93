/** Accounts that exist on the simulated host. */
export const ACCOUNTS = ["root", "alice", "bob", "backup"] as const;

import type { BanBook } from "./ban-book.ts";

/** The part of the book that judging lines needs, in the daemon and in a replay of old logs. */
export type JudgingBook = Pick<
  BanBook,
  | "commit"
  | "recordAudit"
  | "windowFailures"
  | "loginsFrom"
  | "countAccounts"
  | "firstLogin"
  | "ban"
  | "stateOf"
  | "activeBans"
  | "pardonedAt"
  | "earlierBans"
  | "allowEntries"
  | "cursor"
>;

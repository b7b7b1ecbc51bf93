/** Opens all tables of the book on one connection, with their statements prepared. */
import type { DatabaseSync } from "node:sqlite";
import { type AllowList, createAllowList } from "./allow-list.ts";
import { type Audit, type AuditHead, createAudit } from "./audit.ts";
import { BanSearch } from "./find-bans.ts";
import { createPrefixLengths } from "./prefix-lengths.ts";
import { BanReader } from "./read-bans.ts";
import { BanWriter } from "./write-bans.ts";
import type { EnforcerViews } from "./enforcer-views.ts";
import { type Cursors, createCursors } from "./cursors.ts";
import { createFacts, type Facts } from "./facts.ts";
import { createKnownEnforcers, type KnownEnforcers } from "./known-enforcers.ts";
import { Failures } from "./failures.ts";
import { createHistory, type History } from "./history.ts";
import { Logins } from "./logins.ts";
import { createPardons, type Pardons } from "./pardons.ts";
import type { OnUnreadable } from "./read-rows.ts";
import { createSessions, type Sessions } from "./sessions.ts";

export interface Tables {
  readonly bans: BanReader;
  readonly banWriter: BanWriter;
  readonly findBans: BanSearch;
  readonly history: History;
  readonly failures: Failures;
  readonly audit: Audit;
  readonly allowList: AllowList;
  readonly cursors: Cursors;
  readonly logins: Logins;
  readonly sessions: Sessions;
  readonly pardons: Pardons;
  readonly facts: Facts;
  readonly enforcers: KnownEnforcers;
}

export interface TablesOptions {
  readonly views: EnforcerViews;
  /** The end of the audit chain to continue, if the file was replaced while the daemon runs. */
  readonly auditHead: AuditHead | undefined;
  /** Called when a row was left out because it is unreadable. */
  readonly onUnreadable: (table: string, reason: string) => void;
}

export function createTables(
  database: DatabaseSync,
  { views, auditHead, onUnreadable }: TablesOptions,
): Tables {
  const of =
    (table: string): OnUnreadable =>
    (reason) =>
      onUnreadable(table, reason);
  const lengths = createPrefixLengths(database, "bans");
  const bans = new BanReader(database, { views, lengths, onUnreadable: of("bans") });
  return {
    bans,
    banWriter: new BanWriter(database, { views, lengths, reader: bans, onUnreadable: of("bans") }),
    findBans: new BanSearch(database, { views, onUnreadable: of("bans") }),
    history: createHistory(database, of("history")),
    failures: new Failures(database, of("failures")),
    audit: createAudit(database, auditHead, of("audit")),
    allowList: createAllowList(database, of("allow_list")),
    cursors: createCursors(database),
    logins: new Logins(database, of("logins")),
    sessions: createSessions(database, of("sessions")),
    pardons: createPardons(database),
    facts: createFacts(database),
    enforcers: createKnownEnforcers(database, of("enforcers")),
  };
}

import type { AuditProof } from "./audit-proof.ts";
import type { Ban, BanState, BookedBan } from "./ban.ts";
import type { BanQuery, FoundBans } from "./ban-query.ts";
import type { Subject } from "./cidr.ts";
import type { EnforcerDemand, EnforcerView } from "./enforcer-view.ts";
import type { Instant, Until } from "./instant.ts";
import type { Ip } from "./ip.ts";
import type { JailName } from "./jail-name.ts";
import type { KnownEnforcer } from "./known-enforcer.ts";
import type { Cursor } from "./line-batch.ts";
import type { AccountLogins, Login, LoginNote } from "./login.ts";
import type { Via } from "./match.ts";
import type { PortScope } from "./port-scope.ts";
import type { SessionChanges, SessionState } from "./session-state.ts";
import type { StatsBook } from "./stats.ts";

/** A match that counts against a subject. `line` is cut to 1 KiB when it is stored. */
export interface CountedFailure {
  readonly subject: Subject;
  readonly jail: JailName;
  readonly at: Instant;
  readonly weight: number;
  /** What evidence adds to the weight; missing: nothing. */
  readonly extra?: number | undefined;
  /** Which detector added it, and why, for display: "siege: while 9 sources …"; missing: unknown. */
  readonly extraBy?: string | undefined;
  readonly rule: string;
  readonly user: string | undefined;
  readonly line: string;
  /** The address in the line, for which `subject` was counted; missing or undefined: not stored. */
  readonly ip?: Ip | undefined;
  /** The trusted proxy that reported the subject; missing or undefined: the subject was the peer. */
  readonly via?: Via | undefined;
}

/** The part of a failure that a sliding window keeps. */
export type WindowedFailure = Pick<CountedFailure, "subject" | "jail" | "at" | "weight" | "extra">;

/** An action of an administrator or the daemon, except bans and unbans, which the book audits itself. */
export interface AuditNote {
  /** "reload", "start", … */
  readonly action: string;
  readonly who: string;
  readonly subject?: Subject;
  readonly jail?: JailName;
  /** What changed and why, for display. */
  readonly detail: string;
}

/** An audited action as stored. `hash` covers the row and the hash of the row before it. */
export interface AuditEntry extends AuditNote {
  readonly id: number;
  readonly at: Instant;
  readonly hash: string;
}

/**
 * One result of a line or a request. Steps of one entry are applied in order.
 * consumed: an offense emptied the window of `subject` in `jail`, and no ban followed (allow-listed, dry run …). A ban of
 * origin "detected" or "restored" consumes its failures itself: they become its evidence. pardoned: see `pardonedAt`.
 * forgiven: `account` mistyped and then logged in; its failures from that subject no longer count, those of others do.
 */
export type BookStep =
  | ({ readonly kind: "failure" } & CountedFailure)
  | { readonly kind: "consumed"; readonly subject: Subject; readonly jail: JailName }
  | { readonly kind: "pardoned"; readonly subject: Subject; readonly at: Instant }
  | {
      readonly kind: "forgiven";
      readonly subject: Subject;
      readonly jail: JailName;
      readonly account: string;
    }
  | ({ readonly kind: "login" } & LoginNote)
  /** Changed login sessions of a jail, saved so that their later lines count correctly after a restart. */
  | ({ readonly kind: "sessions"; readonly jail: JailName } & SessionChanges)
  | {
      /** A ban of another program that had ended before the import: it is only stored as history. */
      readonly kind: "past";
      readonly ban: Ban;
      readonly ended: Instant;
      readonly by: string;
    }
  /** `note` is added to the reason in the audit. `continues`: id of a past ban, whose lines become its evidence too. */
  | {
      readonly kind: "ban";
      readonly ban: Ban;
      readonly who: string;
      readonly note?: string;
      readonly continues?: number | undefined;
    }
  | ({ readonly kind: "audit" } & AuditNote);

/** All results of one batch of lines, and where reading resumes after them. Written atomically. */
export interface BookEntry {
  readonly steps: readonly BookStep[];
  readonly cursors: readonly Cursor[];
}

/**
 * The result of a ban step. opened: new. extended: ends later than before, so it is pending again. unchanged: the
 * current ban lasts at least as long.
 */
export interface BanOpening {
  readonly ban: BookedBan;
  readonly change: "opened" | "extended" | "unchanged";
  /** The scope before the change, if it changed: blocks of that scope must be checked again. */
  readonly previousScope: PortScope | undefined;
}

/** A ban that has ended. */
export interface PastBan extends Ban {
  readonly id: number;
  readonly ended: Instant;
  readonly why: "expired" | "unbanned";
  /** Whether this ban lengthens the subject's next ban. A lifted ban does not, unless requested. */
  readonly counts: boolean;
  /** Who lifted it and why; "daemon" if it expired. */
  readonly by: string;
  readonly note: string;
}

export interface ActiveBansFilter {
  readonly jail?: JailName | undefined;
  /** Selects only bans that share an address with this subject. */
  readonly near?: Subject | undefined;
}

/** Selects current bans to end: of exactly one subject or of all, in one jail or in all; or those listed in `bans`. */
export interface ClosedBans {
  readonly subject?: Subject | undefined;
  readonly jail?: JailName | undefined;
  readonly bans?: readonly Pick<Ban, "subject" | "jail">[] | undefined;
}

/**
 * `history`: "kept" still lengthens the subject's next ban. `failures`: "kept" if the unban is not meant to admit the
 * subject, so that its failures still count in other jails.
 */
export interface LiftOrder {
  readonly who: string;
  readonly reason: string;
  readonly history?: "kept" | undefined;
  readonly failures?: "kept" | undefined;
}

/** Failures since `windows` are in windows. Of those before, the newest 200,000 since `detectors` are kept. */
export interface FailureRetention {
  readonly windows: Instant;
  readonly detectors: Instant;
}

export interface AllowEntry {
  readonly subject: Subject;
  readonly until: Until;
  readonly since: Instant;
  readonly who: string;
  readonly reason: string;
}

/** degraded: writing to disk fails; new decisions stay in memory and are saved once writing works again. */
export type BookStatus = { readonly state: "ok" } | DegradedBook;

export interface DegradedBook {
  readonly state: "degraded";
  /** disk: it may recover by itself. damaged: a new file is written. replaced: another file is at its path. */
  readonly kind: "disk" | "damaged" | "replaced";
  readonly reason: string;
  readonly since: Instant;
  /** Number of writes that wait in memory. */
  readonly unsaved: number;
  /** Number of failures, past bans and audit entries dropped to bound that memory. Current bans are never dropped. */
  readonly dropped: number;
}

export interface HistoryFilter {
  /** Selects bans that overlap this subject. */
  readonly subject?: Subject | undefined;
  readonly jail?: JailName | undefined;
  /** Selects bans that ended at or after this time. */
  readonly since?: Instant | undefined;
  readonly limit: number;
}

export interface AuditFilter extends Omit<HistoryFilter, "since"> {
  /** Selects entries at or after this time. */
  readonly since?: Instant | undefined;
}

/**
 * Port: durable storage. The book is the desired state; the firewall is a cache of it.
 *
 * Callers write through one book per file. A write that cannot reach the disk does not throw: it is kept in memory,
 * visible to every read and reported in `status`, and saved when the disk accepts it. Reads of many bans or failures
 * are paged, so an iterable may be consumed slowly while the book is written; changes during the iteration may or may
 * not be visible.
 */
export interface BanBook extends AsyncDisposable {
  readonly stats: StatsBook;
  /** Returns one result per ban step, in order. */
  commit(entry: BookEntry): readonly BanOpening[];
  /** Commits one audit entry. */
  recordAudit(note: AuditNote): void;

  /** Returns unconsumed failures at or after `at`, in commit order. Observing them again rebuilds the windows. */
  failuresSince(at: Instant): Iterable<WindowedFailure>;
  /** Returns the newest unconsumed failures of a subject in any jail, newest first. */
  recentFailures(subject: Subject, limit: number): readonly CountedFailure[];
  /** Returns unconsumed failures of exactly this subject in one jail, newest first. Cheap. */
  windowFailures(window: {
    readonly subject: Subject;
    readonly jail: JailName;
    readonly limit: number;
  }): readonly CountedFailure[];
  /** Returns the newest 20 lines that led to a ban, current or past, oldest first. */
  evidence(banId: number): readonly CountedFailure[];

  /**
   * Returns logins from addresses of the subject at or after `since`, newest first, at most 256. Cheap without logins.
   */
  loginsFrom(subject: Subject, since: Instant): readonly Login[];
  /** Returns the number of different accounts that have logged in, from any address. */
  countAccounts(): number;
  /** Returns when an account first logged in, from any address, by any filter; undefined: no login is known. */
  firstLogin(account: string): Instant | undefined;
  /** Returns the accounts that have logged in by this filter, those of the newest logins last, at most 20,000. */
  accounts(filter: string): readonly AccountLogins[];

  ban(jail: JailName, subject: Subject): BookedBan | undefined;
  /** Returns the state of a ban that is in the book. Reads no row. */
  stateOf(ban: Pick<Ban, "jail" | "subject" | "scope">): BanState;
  /** Returns current bans of any jail that share an address with the subject, at most 1000. */
  bansOf(subject: Subject): readonly BookedBan[];
  activeBans(filter: ActiveBansFilter): Iterable<BookedBan>;
  /** Reads all bans if it filters, in steps of about 10 ms between which other work runs. */
  findBans(query: BanQuery): Promise<FoundBans>;
  countBans(): ReadonlyMap<JailName, number>;

  /** Adds an enforcer. From now on the state of the bans for which it is required depends on it, too. */
  openView(demand: EnforcerDemand): EnforcerView;
  /** Returns the enforcers that were used on this host. */
  knownEnforcers(): readonly KnownEnforcer[];
  /** Adds or replaces the enforcers of these places. */
  noteEnforcers(enforcers: readonly KnownEnforcer[]): void;

  /** Returns the earliest end of a current ban. */
  nextExpiry(): Instant | undefined;
  /** Ends expired bans, at most `limit` of them; call again while it returns `limit`. */
  expire(now: Instant, limit: number): readonly PastBan[];
  /** Gives the bans of a jail this scope, except observed ones and self-tests. Returns how many had another one. */
  changePorts(jail: JailName, scope: PortScope): number;
  /** Ends the selected bans in one transaction, and returns them. */
  close(which: ClosedBans, order: LiftOrder, now: Instant): readonly PastBan[];
  /**
   * Returns when the subject, or a network that contains it, was last unbanned or allowed. Earlier failures count in no
   * jail, whenever their lines are read.
   */
  pardonedAt(subject: Subject): Instant | undefined;
  /**
   * Adjusts stored times to a step of the wall clock, in milliseconds (negative: backward): current bans and allow-list
   * entries keep their remaining time, unconsumed failures and logins their age.
   */
  shiftEnds(step: number): void;

  /**
   * Returns the number of bans of the subject that ended at or after `since` and lengthen the next one, in one jail or
   * in all.
   */
  earlierBans(subject: Subject, jail: JailName | "all", since: Instant): number;
  /** Returns past bans, newest first. */
  history(filter: HistoryFilter): readonly PastBan[];
  /** Returns the same bans as `history`, but reads page by page during the iteration, for large results. */
  walkHistory(filter: HistoryFilter): Iterable<PastBan>;

  addAllow(entries: readonly AllowEntry[]): void;
  /** Returns the entries that were on the list. */
  removeAllow(
    subjects: readonly Subject[],
    order: { readonly who: string; readonly reason: string },
  ): readonly Subject[];
  /** Returns entries that are in force at `now`. */
  allowEntries(now: Instant): readonly AllowEntry[];

  /** Returns entries, newest first. */
  audit(filter: AuditFilter): readonly AuditEntry[];
  walkAudit(filter: AuditFilter): Iterable<AuditEntry>;
  /** `saved`: hash of an earlier newest entry. */
  verifyAudit(saved?: string): Promise<AuditProof>;

  cursor(key: string): Cursor | undefined;
  /** Returns the sessions that the steps of that jail saved. */
  sessions(jail: JailName): readonly SessionState[];

  /**
   * Deletes failures beyond their retention, and history, audit, logins and statistics beyond theirs; then checkpoints.
   */
  prune(now: Instant, failures: FailureRetention): Promise<void>;
  /** Detects that the database file was removed or replaced, and repairs it if possible. Cheap. */
  keepFile(): void;
  status(): BookStatus;
}

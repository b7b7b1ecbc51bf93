import type { Ban, BookedBan } from "./ban.ts";
import type { Subject } from "./cidr.ts";
import type { Block } from "./enforcer.ts";
import type { Instant, Until } from "./instant.ts";
import type { JailName } from "./jail-name.ts";
import type { Cursor } from "./line-batch.ts";
import type { Login, LoginNote } from "./login.ts";
import type { PortScope } from "./port-scope.ts";
import type { SessionChanges, SessionState } from "./session-state.ts";

/** A match that counts against a subject. `line` is cut to 1 KiB when it is stored. */
export interface CountedFailure {
  readonly subject: Subject;
  readonly jail: JailName;
  readonly at: Instant;
  readonly weight: number;
  readonly rule: string;
  readonly user: string | undefined;
  readonly line: string;
}

/** The part of a failure that a sliding window keeps. */
export type WindowedFailure = Pick<CountedFailure, "subject" | "jail" | "at" | "weight">;

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
 * consumed: an offense emptied the window of `subject` in `jail`, and no ban followed (allow-listed, dry run …). A ban
 * of origin "detected" or "restored" consumes its failures itself: they become its evidence.
 * forgiven: `account` mistyped and then logged in; its failures from there no longer count, those of others do.
 */
export type BookStep =
  | ({ readonly kind: "failure" } & CountedFailure)
  | { readonly kind: "spent"; readonly subject: Subject; readonly jail: JailName }
  | {
      readonly kind: "forgiven";
      readonly subject: Subject;
      readonly jail: JailName;
      readonly account: string;
    }
  | ({ readonly kind: "login" } & LoginNote)
  /** Known sessions that may have further lines, for the jail that counts them. */
  | ({ readonly kind: "sessions"; readonly jail: JailName } & SessionChanges)
  | {
      /** A ban that ended elsewhere before it was imported: history, never in force. */
      readonly kind: "past";
      readonly ban: Ban;
      readonly ended: Instant;
      readonly by: string;
    }
  | { readonly kind: "ban"; readonly ban: Ban; readonly who: string }
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
  /** Set when the ban moved to another scope: blocks of the old scope must be checked again. */
  readonly previousScope: PortScope | undefined;
}

/** A ban that has ended. */
export interface PastBan extends Ban {
  readonly id: number;
  readonly ended: Instant;
  readonly why: "expired" | "unbanned";
  /** Whether it lengthens the subject's next ban. A lifted ban does not, unless requested. */
  readonly counts: boolean;
  /** Who lifted it and why; "daemon" if it expired. */
  readonly by: string;
  readonly note: string;
}

export interface ActiveBansFilter {
  readonly jail?: JailName | undefined;
  /** Only bans that share an address with it. */
  readonly near?: Subject | undefined;
}

/** Selects current bans: of one subject (exactly) or all, in one jail or all; or the listed ones, if they exist. */
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

export interface AllowEntry {
  readonly subject: Subject;
  readonly until: Until;
  readonly since: Instant;
  readonly who: string;
  readonly reason: string;
}

/** degraded: new decisions are kept in memory and saved once writing works again. */
export type BookStatus =
  | { readonly state: "ok" }
  | {
      readonly state: "degraded";
      readonly reason: string;
      readonly since: Instant;
      /** Writes kept in memory. */
      readonly unsaved: number;
      /** Failures, past bans and audit entries dropped because memory for them is bounded. Never a ban. */
      readonly dropped: number;
    };

export interface HistoryFilter {
  /** Bans overlapping this subject. */
  readonly subject?: Subject | undefined;
  readonly jail?: JailName | undefined;
  /** Ended at or after. */
  readonly since?: Instant | undefined;
  readonly limit: number;
}

export interface AuditFilter {
  readonly subject?: Subject | undefined;
  readonly jail?: JailName | undefined;
  readonly limit: number;
}

/** `head` is the hash of the newest entry: recorded elsewhere, it reveals a rewritten chain as well. */
export type AuditProof =
  | { readonly intact: true; readonly entries: number; readonly head: string }
  | { readonly intact: false; readonly brokenAt: number };

/**
 * Port: durable storage. The book is the desired state; the firewall is a cache of it.
 *
 * Callers write through one book per file. A write that cannot reach the disk does not throw: it is kept in memory,
 * visible to every read and reported in `status`, and saved when the disk accepts it. Reads of many bans or failures
 * are paged, so an iterable may be consumed slowly while the book is written; changes during the iteration may or may
 * not be visible.
 */
export interface BanBook extends AsyncDisposable {
  /** One result per ban step, in order. */
  commit(entry: BookEntry): readonly BanOpening[];
  /** Commits one audit entry. */
  recordAudit(note: AuditNote): void;

  /** Unconsumed failures at or after `at`, in commit order: observing them again rebuilds the windows. */
  failuresSince(at: Instant): Iterable<WindowedFailure>;
  /** Newest first: unconsumed failures of a subject in any jail. */
  recentFailures(subject: Subject, limit: number): readonly CountedFailure[];
  /** Newest first: unconsumed failures of exactly this subject in one jail. Cheap. */
  windowFailures(window: {
    readonly subject: Subject;
    readonly jail: JailName;
    readonly limit: number;
  }): readonly CountedFailure[];
  /** Lines that led to a ban, current or past, oldest first: the newest 20. */
  evidence(banId: number): readonly CountedFailure[];

  /** Newest first, at most 256: logins from addresses of the subject at or after `since`. Cheap when there are none. */
  loginsFrom(subject: Subject, since: Instant): readonly Login[];
  /** Number of different accounts that have logged in from anywhere. */
  countAccounts(): number;

  ban(jail: JailName, subject: Subject): BookedBan | undefined;
  /** Current bans of any jail that share an address with the subject, at most 1000. */
  bansOf(subject: Subject): readonly BookedBan[];
  activeBans(filter: ActiveBansFilter): Iterable<BookedBan>;
  countBans(): ReadonlyMap<JailName, number>;

  /** What the firewall should hold at `now`: per subject and scope the latest end over all jails. */
  desiredBlocks(now: Instant): Iterable<Block>;
  /** What the firewall should hold for one key; undefined: nothing, remove it. */
  blockAfter(subject: Subject, scope: PortScope, now: Instant): Block | undefined;
  /** The enforcer confirmed these blocks. A ban extended beyond `until` in the meantime stays pending. */
  markEnforced(blocks: readonly Block[]): void;
  /** Whether the firewall holds bans of this subject and scope, as far as known. Cheap. */
  stateOf(subject: Subject, scope: PortScope): Pick<BookedBan, "state" | "error">;
  markPending(subject: Subject, scope: PortScope, error: string): void;
  /** Marks every ban pending, because the firewall is unusable. */
  markAllPending(error: string): void;
  /**
   * Begins a comparison of the whole firewall with the book. Call it when they are equal: then everything is enforced,
   * except what is opened, extended or marked pending in the meantime.
   */
  beginComparison(): () => void;

  /** The earliest end of a current ban. */
  nextExpiry(): Instant | undefined;
  /** Ends expired bans, at most `limit` of them; call again while it returns `limit`. */
  expire(now: Instant, limit: number): readonly PastBan[];
  /** Unban, in one transaction. */
  close(which: ClosedBans, order: LiftOrder, now: Instant): readonly PastBan[];
  /**
   * When the subject, or a network that contains it, was last unbanned or allowed: earlier failures count in no jail,
   * whenever their lines are read.
   */
  pardonedAt(subject: Subject): Instant | undefined;
  /**
   * The wall clock was stepped by this many milliseconds (in either direction): current bans and allowances keep their
   * length, unconsumed failures and logins their age.
   */
  shiftEnds(step: number): void;

  /** How many counting bans of the subject ended at or after `since`, in one jail or all. */
  earlierBans(subject: Subject, jail: JailName | "all", since: Instant): number;
  /** Newest first. */
  history(filter: HistoryFilter): readonly PastBan[];
  /** The same for many: reads pages during the iteration. */
  walkHistory(filter: HistoryFilter): Iterable<PastBan>;

  addAllow(entries: readonly AllowEntry[]): void;
  /** Returns the entries that were on the list. */
  removeAllow(
    subjects: readonly Subject[],
    order: { readonly who: string; readonly reason: string },
  ): readonly Subject[];
  /** Those still in force at `now`. */
  allowEntries(now: Instant): readonly AllowEntry[];

  /** Newest first. */
  audit(filter: AuditFilter): readonly AuditEntry[];
  walkAudit(filter: AuditFilter): Iterable<AuditEntry>;
  verifyAudit(): AuditProof;

  cursor(key: string): Cursor | undefined;
  /** As saved by the steps of that jail. */
  sessions(jail: JailName): readonly SessionState[];

  /**
   * Deletes failures older than `failuresOlderThan`, and history, audit and logins beyond their retention; then
   * checkpoints.
   */
  prune(now: Instant, failuresOlderThan: Instant): Promise<void>;
  /** Detects that the file was removed or replaced, and repairs it if possible. Cheap. */
  keepFile(): void;
  status(): BookStatus;
}

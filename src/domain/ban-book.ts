import type { Ban, BookedBan } from "./ban.ts";
import type { Subject } from "./cidr.ts";
import type { Block } from "./enforcer.ts";
import type { Instant, Until } from "./instant.ts";
import type { JailName } from "./jail-name.ts";
import type { Cursor } from "./line-batch.ts";
import type { Login, LoginNote } from "./login.ts";
import type { PortScope } from "./port-scope.ts";
import type { SessionChanges, SessionState } from "./session-state.ts";

/** A match held against a subject. `line` is cut to 1 KiB when it is stored. */
export interface CountedFailure {
  readonly subject: Subject;
  readonly jail: JailName;
  readonly at: Instant;
  readonly weight: number;
  readonly rule: string;
  readonly user: string | undefined;
  readonly line: string;
}

/** What a sliding window holds of a failure. */
export type WindowedFailure = Pick<CountedFailure, "subject" | "jail" | "at" | "weight">;

/** What an administrator or the daemon did, beyond bans and unbans, which the book audits itself. */
export interface AuditNote {
  /** "reload", "start", … */
  readonly action: string;
  readonly who: string;
  readonly subject?: Subject;
  readonly jail?: JailName;
  /** What changed and why, for people. */
  readonly detail: string;
}

/** An audited act as it is stored. `hash` covers the row and the hash of the row before it. */
export interface AuditEntry extends AuditNote {
  readonly id: number;
  readonly at: Instant;
  readonly hash: string;
}

/**
 * One thing a line or a request led to. Steps of one entry are taken in order.
 * spent: an offense emptied the window of `subject` in `jail` and no ban followed (allow-listed, dry-run …).
 * A ban of origin "detected" or "restored" spends its failures itself: they become its evidence.
 * forgiven: `account` mistyped and then logged in; its failures from there count no more, those of others do.
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
  /** What is known now of logins of which more lines may follow, for the jail that counts them. */
  | ({ readonly kind: "sessions"; readonly jail: JailName } & SessionChanges)
  | {
      /** One that was over before it came here: history, and never in force. */
      readonly kind: "past";
      readonly ban: Ban;
      readonly ended: Instant;
      readonly by: string;
    }
  | { readonly kind: "ban"; readonly ban: Ban; readonly who: string }
  | ({ readonly kind: "audit" } & AuditNote);

/** Everything one batch of lines led to, and where reading resumes after them. Written whole or not at all. */
export interface BookEntry {
  readonly steps: readonly BookStep[];
  readonly cursors: readonly Cursor[];
}

/**
 * What became of a ban step. opened: new. extended: ends later than before, so it is pending again.
 * unchanged: the ban in force lasts at least as long.
 */
export interface BanOpening {
  readonly ban: BookedBan;
  readonly change: "opened" | "extended" | "unchanged";
  /** Set when the ban moved to another scope: what is enforced for the old one must be looked at again. */
  readonly previousScope: PortScope | undefined;
}

/** A ban that is over. */
export interface PastBan extends Ban {
  readonly id: number;
  readonly ended: Instant;
  readonly why: "expired" | "unbanned";
  /** Whether it makes the next ban of the subject longer: one that was lifted does not, unless somebody wanted it to. */
  readonly counts: boolean;
  /** Who lifted it and the reason given; "daemon" when it expired. */
  readonly by: string;
  readonly note: string;
}

export interface ActiveBansFilter {
  readonly jail?: JailName | undefined;
  /** Only bans that share an address with it. */
  readonly near?: Subject | undefined;
}

/** Which bans are closed: of one subject (exactly) or all, in one jail or all; or these, where they exist. */
export interface ClosedBans {
  readonly subject?: Subject | undefined;
  readonly jail?: JailName | undefined;
  readonly bans?: readonly Pick<Ban, "subject" | "jail">[] | undefined;
}

/**
 * `history`: "kept" makes the subject's next ban longer all the same. `failures`: "kept" where nobody meant to let the
 * subject in, so that what it did before counts on in other jails.
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

/** degraded: what is decided now is held in memory and saved when writing works again. */
export type BookStatus =
  | { readonly state: "ok" }
  | {
      readonly state: "degraded";
      readonly reason: string;
      readonly since: Instant;
      /** Writes held in memory. */
      readonly unsaved: number;
      /** Failures, past bans and audit entries given up because the memory for them is bounded. Never a ban. */
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

/** `head` is the hash of the newest entry: noted elsewhere, it makes a rewritten chain evident as well. */
export type AuditProof =
  | { readonly intact: true; readonly entries: number; readonly head: string }
  | { readonly intact: false; readonly brokenAt: number };

/**
 * Port: the durable memory. The book is the desired state; the firewall is a cache of it.
 *
 * The caller writes through one book per file. A write that cannot reach the disk throws nothing: it is held in
 * memory, every read sees it, `status` says so, and it is saved when the disk takes it. Reads of many bans or
 * failures are paged inside, so an iterable may be consumed slowly and the book written meanwhile; what changes
 * during the walk may or may not be seen.
 */
export interface BanBook extends AsyncDisposable {
  /** One result per ban step, in order. */
  commit(entry: BookEntry): readonly BanOpening[];
  /** Commits one audit entry. */
  recordAudit(note: AuditNote): void;

  /** Unspent failures at or after `at`, in the order they were committed: observing them again rebuilds the windows. */
  failuresSince(at: Instant): Iterable<WindowedFailure>;
  /** Newest first: unspent failures of a subject in any jail. */
  recentFailures(subject: Subject, limit: number): readonly CountedFailure[];
  /** Newest first: unspent failures of exactly this subject in one jail. Cheap. */
  windowFailures(window: {
    readonly subject: Subject;
    readonly jail: JailName;
    readonly limit: number;
  }): readonly CountedFailure[];
  /** Lines that led to a ban, current or past, oldest first: the newest 20. */
  evidence(banId: number): readonly CountedFailure[];

  /** Newest first, at most 256: who has logged in from an address of the subject at or after `since`. Cheap when nobody has. */
  loginsFrom(subject: Subject, since: Instant): readonly Login[];
  /** How many different accounts have logged in from anywhere. */
  countAccounts(): number;

  ban(jail: JailName, subject: Subject): BookedBan | undefined;
  /** Current bans of any jail that share an address with the subject, at most 1000. */
  bansOf(subject: Subject): readonly BookedBan[];
  activeBans(filter: ActiveBansFilter): Iterable<BookedBan>;
  countBans(): ReadonlyMap<JailName, number>;

  /** What the firewall shall hold at `now`: per subject and scope the latest end over all jails. */
  desiredBlocks(now: Instant): Iterable<Block>;
  /** What the firewall shall hold for one key; undefined: nothing, remove it. */
  blockAfter(subject: Subject, scope: PortScope, now: Instant): Block | undefined;
  /** The enforcer confirmed these blocks. A ban meanwhile extended beyond `until` stays pending. */
  markEnforced(blocks: readonly Block[]): void;
  /** Whether the firewall holds bans of this subject and scope, as far as it is known. Cheap. */
  stateOf(subject: Subject, scope: PortScope): Pick<BookedBan, "state" | "error">;
  markPending(subject: Subject, scope: PortScope, error: string): void;
  /** The firewall cannot be used. */
  markAllPending(error: string): void;
  /**
   * The whole firewall is compared with the book from now on. To be called when they are equal: everything is enforced
   * then but what was opened, extended or marked pending meanwhile.
   */
  beginComparison(): () => void;

  /** The soonest end of a current ban. */
  nextExpiry(): Instant | undefined;
  /** Ends bans whose time is over, at most `limit` of them; call again while it returns `limit`. */
  expire(now: Instant, limit: number): readonly PastBan[];
  /** Unban, in one transaction. */
  close(which: ClosedBans, order: LiftOrder, now: Instant): readonly PastBan[];
  /**
   * When somebody last unbanned or allowed the subject, or a network that contains it: failures until then count in no
   * jail, whenever their lines are read.
   */
  pardonedAt(subject: Subject): Instant | undefined;
  /** The wall clock was stepped by so many milliseconds (either way): current bans and allowances keep their length, unspent failures and logins their age. */
  shiftEnds(step: number): void;

  /** How many bans of the subject that count ended at or after `since`, in one jail or all. */
  earlierBans(subject: Subject, jail: JailName | "all", since: Instant): number;
  /** Newest first. */
  history(filter: HistoryFilter): readonly PastBan[];
  /** The same for many: read in pages as it is walked. */
  walkHistory(filter: HistoryFilter): Iterable<PastBan>;

  addAllow(entries: readonly AllowEntry[]): void;
  /** Those that were on the list. */
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
  /** As the steps of that jail saved them. */
  sessions(jail: JailName): readonly SessionState[];

  /** Forgets failures older than `failuresOlderThan`, history, audit and logins beyond their retention; checkpoints. */
  prune(now: Instant, failuresOlderThan: Instant): Promise<void>;
  /** Notices that the file was removed or replaced by somebody, and mends it where that is possible. Cheap. */
  keepFile(): void;
  status(): BookStatus;
}

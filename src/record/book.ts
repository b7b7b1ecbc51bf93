/**
 * Implements the ban book over SQLite. Each call of the port is a transaction or a read of the store.
 * The tables, book-writer.ts and ban-lifecycle.ts define the effects of the calls.
 */
import type { AuditProof } from "../domain/audit-proof.ts";
import type { Ban, BanState, BookedBan } from "../domain/ban.ts";
import type {
  ActiveBansFilter,
  AllowEntry,
  AuditEntry,
  AuditFilter,
  AuditNote,
  BanBook,
  BanOpening,
  BookEntry,
  BookStatus,
  ClosedBans,
  CountedFailure,
  FailureRetention,
  HistoryFilter,
  LiftOrder,
  PastBan,
  WindowedFailure,
} from "../domain/ban-book.ts";
import type { BanQuery, FoundBans } from "../domain/ban-query.ts";
import type { Subject } from "../domain/cidr.ts";
import type { EnforcerDemand, EnforcerView } from "../domain/enforcer-view.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { KnownEnforcer } from "../domain/known-enforcer.ts";
import type { Cursor } from "../domain/line-batch.ts";
import type { PortScope } from "../domain/port-scope.ts";
import type { AccountLogins, Login } from "../domain/login.ts";
import type { SessionState } from "../domain/session-state.ts";
import { endBan, EXPIRED } from "./ban-lifecycle.ts";
import { findBans } from "./find-bans.ts";
import { BookView } from "./book-view.ts";
import { StatsRecord } from "./stats-record.ts";
import { type BookOptions, BookWriter } from "./book-writer.ts";
import { prune } from "./tables/prune.ts";
import type { Store } from "./store.ts";
import { verifyAudit } from "./verify-audit.ts";

export class Book implements BanBook {
  readonly stats: StatsRecord;
  readonly #options: BookOptions;
  readonly #store: Store;
  readonly #writer: BookWriter;

  constructor(options: BookOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#writer = new BookWriter(options);
    this.stats = new StatsRecord(options);
  }

  commit(entry: BookEntry): readonly BanOpening[] {
    const openings = this.#writer.commit(entry);
    for (const { ban, change } of openings) if (change === "opened") this.#count("bans", ban);
    return openings;
  }

  /** Counts a ban that began or ended, unless it belongs to a self-test. */
  #count(counter: "bans" | "unbans", { jail, rule, origin }: Ban): void {
    if (origin !== "canary") this.stats.count({ jail, rule }, counter, 1);
  }

  #countEnded(ended: readonly PastBan[]): readonly PastBan[] {
    for (const ban of ended) this.#count("unbans", ban);
    return ended;
  }

  recordAudit(note: AuditNote): void {
    this.commit({ steps: [{ kind: "audit", ...note }], cursors: [] });
  }

  failuresSince(at: Instant): Iterable<WindowedFailure> {
    return this.#store.walk((tables) => tables.failures.since(at));
  }

  recentFailures(subject: Subject, limit: number): readonly CountedFailure[] {
    return this.#store.read((tables) => tables.failures.recent(subject, limit));
  }

  windowFailures(window: {
    readonly subject: Subject;
    readonly jail: JailName;
    readonly limit: number;
  }): readonly CountedFailure[] {
    return this.#store.read((tables) => tables.failures.ofWindow(window));
  }

  evidence(banId: number): readonly CountedFailure[] {
    return this.#store.read((tables) => tables.failures.evidence(banId));
  }

  loginsFrom(subject: Subject, since: Instant): readonly Login[] {
    return this.#store.read((tables) => tables.logins.from(subject, since));
  }

  accounts(filter: string): readonly AccountLogins[] {
    return this.#store.read((tables) => tables.logins.accounts(filter));
  }

  countAccounts(): number {
    return this.#store.read((tables) => tables.logins.countAccounts());
  }

  firstLogin(account: string): Instant | undefined {
    return this.#store.read((tables) => tables.logins.first(account));
  }

  ban(jail: JailName, subject: Subject): BookedBan | undefined {
    return this.#store.read((tables) => tables.bans.find(jail, subject));
  }

  stateOf(ban: Pick<Ban, "jail" | "subject" | "scope">): BanState {
    return this.#options.views.stateOf(ban).state;
  }

  bansOf(subject: Subject): readonly BookedBan[] {
    return this.#store.read((tables) => tables.bans.overlapping(subject));
  }

  activeBans({ jail, near }: ActiveBansFilter): Iterable<BookedBan> {
    if (near === undefined) return this.#store.walk((tables) => tables.bans.walk(jail));
    const all = this.#store.walk((tables) => tables.bans.walkOverlapping(near));
    return jail === undefined ? all : Iterator.from(all).filter((ban) => ban.jail === jail);
  }

  findBans(query: BanQuery): Promise<FoundBans> {
    return findBans(this.#store, query);
  }

  countBans(): ReadonlyMap<JailName, number> {
    return this.#store.read((tables) => tables.bans.count());
  }

  openView(demand: EnforcerDemand): EnforcerView {
    return new BookView(this.#store, this.#options.views, demand);
  }

  knownEnforcers(): readonly KnownEnforcer[] {
    return this.#store.read((tables) => tables.enforcers.list());
  }

  noteEnforcers(enforcers: readonly KnownEnforcer[]): void {
    if (enforcers.length === 0) return;
    this.#writer.write((tables) => enforcers.forEach((one) => tables.enforcers.save(one)));
  }

  nextExpiry(): Instant | undefined {
    return this.#store.read((tables) => tables.bans.nextExpiry());
  }

  expire(now: Instant, limit: number): readonly PastBan[] {
    const over = this.#store.read((tables) => tables.bans.ended(now, limit));
    // Discard unreadable rows, because one of them would stay the earliest end forever.
    if (over.length === 0) this.#store.write((tables) => tables.banWriter.discardUnreadable(now));
    if (over.length === 0) return [];
    const ended = this.#writer.write((tables, audit) =>
      over.map((ban) => endBan(tables, { ...EXPIRED, ban, ended: now }, audit)),
    );
    return this.#countEnded(ended);
  }

  changePorts(jail: JailName, scope: PortScope): number {
    return this.#writer.write((tables) => tables.banWriter.changePorts(jail, scope));
  }

  close(which: ClosedBans, order: LiftOrder, now: Instant): readonly PastBan[] {
    const bans = this.#named(which);
    if (bans.length === 0) return [];
    const { who, reason: note, history } = order;
    const counts = history === "kept";
    const how = { ended: now, why: "unbanned", counts, who, note } as const;
    const ended = this.#writer.write((tables, audit) => {
      if (order.failures !== "kept")
        for (const { subject, origin } of bans)
          if (origin !== "canary") this.#writer.pardon(tables, subject, now);
      return bans.map((ban) => endBan(tables, { ban, ...how }, audit));
    });
    return this.#countEnded(ended);
  }

  pardonedAt(subject: Subject): Instant | undefined {
    return this.#store.read((tables) => tables.pardons.latest(subject));
  }

  shiftEnds(step: number): void {
    this.#writer.write((tables) => {
      tables.banWriter.shift(Math.round(step));
      tables.allowList.shift(Math.round(step));
      tables.failures.shift(Math.round(step));
      tables.logins.shift(Math.round(step));
      tables.pardons.shift(Math.round(step));
    });
  }

  earlierBans(subject: Subject, jail: JailName | "all", since: Instant): number {
    return this.#store.read((tables) => tables.history.earlier(subject, jail, since));
  }

  history(filter: HistoryFilter): readonly PastBan[] {
    return [...this.walkHistory(filter)];
  }

  walkHistory(filter: HistoryFilter): Iterable<PastBan> {
    return this.#store.walk((tables) => tables.history.walk(filter));
  }

  addAllow(entries: readonly AllowEntry[]): void {
    this.#writer.write((tables, audit) => {
      for (const entry of entries) {
        tables.allowList.add(entry);
        const { subject, since, who, reason } = entry;
        this.#writer.pardon(tables, subject, since);
        audit({ action: "allow", who, subject, detail: reason });
      }
    });
  }

  removeAllow(
    subjects: readonly Subject[],
    { who, reason }: { readonly who: string; readonly reason: string },
  ): readonly Subject[] {
    return this.#writer.write((tables, audit) =>
      subjects.filter((subject) => {
        const removed = tables.allowList.remove(subject);
        if (removed) audit({ action: "disallow", who, subject, detail: reason });
        return removed;
      }),
    );
  }

  allowEntries(now: Instant): readonly AllowEntry[] {
    return this.#store.read((tables) => tables.allowList.list(now));
  }

  audit(filter: AuditFilter): readonly AuditEntry[] {
    return [...this.walkAudit(filter)];
  }

  walkAudit(filter: AuditFilter): Iterable<AuditEntry> {
    return this.#store.walk((tables) => tables.audit.walk(filter));
  }

  verifyAudit(saved?: string): Promise<AuditProof> {
    return verifyAudit(this.#store, saved);
  }

  cursor(key: string): Cursor | undefined {
    return this.#store.read((tables) => tables.cursors.load(key));
  }

  sessions(jail: JailName): readonly SessionState[] {
    return this.#store.read((tables) => tables.sessions.of(jail));
  }

  async prune(now: Instant, failures: FailureRetention): Promise<void> {
    const { store, retention } = this.#options;
    await prune({ store, retention, now, failures });
    this.stats.prune(now);
  }

  keepFile(): void {
    this.#store.keepFile();
  }

  status(): BookStatus {
    return this.#store.status();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stats.save();
    await this.#store.close();
  }

  #named(which: ClosedBans): readonly BookedBan[] {
    const { subject, jail, bans } = which;
    if (bans !== undefined)
      return this.#store.read((tables) =>
        bans.flatMap((ban) => tables.bans.find(ban.jail, ban.subject) ?? []),
      );
    if (subject === undefined) return [...this.activeBans({ jail })];
    return this.bansOf(subject).filter(
      (ban) => ban.subject === subject && (jail === undefined || ban.jail === jail),
    );
  }
}

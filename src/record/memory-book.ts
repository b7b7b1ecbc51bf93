/**
 * Implements the part of the ban book that a replay of old logs needs, in memory: SQLite would take most of its time.
 * Behaves as the book of the daemon (judging-book.contract.ts), except that it stores neither lines nor the audit, and
 * that nobody can unban or allow an address. Bounded; the oldest entries are dropped first.
 */
import type { Ban, BanState, BookedBan } from "../domain/ban.ts";
import type {
  ActiveBansFilter,
  AllowEntry,
  BanBook,
  BanOpening,
  BookEntry,
  BookStep,
  CountedFailure,
  PastBan,
} from "../domain/ban-book.ts";
import type { JudgingBook } from "../domain/judging-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { Cursor } from "../domain/line-batch.ts";
import type { Login } from "../domain/login.ts";
import { MemoryBans } from "./memory-book/memory-bans.ts";
import { MemoryFailures } from "./memory-book/memory-failures.ts";
import { MemoryHistory } from "./memory-book/memory-history.ts";
import { MemoryLogins } from "./memory-book/memory-logins.ts";

export interface MemoryBookOptions {
  /** Maximum number of unconsumed failures; default: 1,000,000. */
  readonly failureBound?: number;
}

export class MemoryBook implements JudgingBook, Pick<BanBook, "bansOf" | "expire" | "nextExpiry"> {
  readonly #bans = new MemoryBans();
  readonly #failures: MemoryFailures;
  readonly #history = new MemoryHistory();
  readonly #logins = new MemoryLogins();
  readonly #cursors = new Map<string, Cursor>();

  constructor({ failureBound = 1_000_000 }: MemoryBookOptions = {}) {
    this.#failures = new MemoryFailures(failureBound);
  }

  commit({ steps, cursors }: BookEntry): readonly BanOpening[] {
    const openings: BanOpening[] = [];
    for (const step of steps) this.#take(step, openings);
    for (const cursor of cursors) this.#cursors.set(cursor.key, cursor);
    return openings;
  }

  #take(step: BookStep, openings: BanOpening[]): void {
    switch (step.kind) {
      case "failure":
        this.#failures.insert(step);
        return;
      case "consumed":
        this.#failures.consume(step.subject, step.jail);
        return;
      case "forgiven":
        this.#failures.forgive(step.subject, step.jail, step.account);
        return;
      case "login":
        this.#logins.note(step);
        return;
      case "ban":
        openings.push(this.#open(step.ban));
        return;
      case "past":
      case "sessions":
      case "pardoned":
      case "audit":
        return;
    }
  }

  #open(ban: Ban): BanOpening {
    const { subject, jail, origin } = ban;
    const old = this.#bans.find(jail, subject);
    if (old !== undefined && old.until !== "forever" && old.until <= ban.from) {
      this.#bans.remove(old);
      this.#history.add(old, ban.from);
    }
    if (origin === "detected" || origin === "restored") this.#failures.consume(subject, jail);
    return this.#bans.open(ban);
  }

  /** The audit of a replay is of no use. */
  recordAudit(): void {}

  windowFailures(window: {
    readonly subject: Subject;
    readonly jail: JailName;
    readonly limit: number;
  }): readonly CountedFailure[] {
    return this.#failures.ofWindow(window);
  }

  /** Drops failures older than `at`, as `BanBook.prune` does. */
  forgetFailures(at: Instant): void {
    this.#failures.forget(at);
  }

  loginsFrom(subject: Subject, since: Instant): readonly Login[] {
    return this.#logins.from(subject, since);
  }

  countAccounts(): number {
    return this.#logins.countAccounts();
  }

  firstLogin(account: string): Instant | undefined {
    return this.#logins.first(account);
  }

  ban(jail: JailName, subject: Subject): BookedBan | undefined {
    return this.#bans.find(jail, subject);
  }

  /** No enforcer holds the bans. */
  stateOf(): BanState {
    return "pending";
  }

  bansOf(subject: Subject): readonly BookedBan[] {
    return this.#bans.overlapping(subject);
  }

  activeBans({ jail, near }: ActiveBansFilter): Iterable<BookedBan> {
    const all = near === undefined ? this.#bans.all() : this.#bans.overlapping(near);
    return jail === undefined ? all : Iterator.from(all).filter((ban) => ban.jail === jail);
  }

  /** Number of current bans. */
  get size(): number {
    return this.#bans.size;
  }

  nextExpiry(): Instant | undefined {
    return this.#bans.nextExpiry();
  }

  expire(now: Instant, limit: number): readonly PastBan[] {
    return this.#bans.takeEnded(now, limit).map((ban): PastBan => {
      this.#history.add(ban, now);
      const { state: _state, gaps: _gaps, ...past } = ban;
      return { ...past, ended: now, why: "expired", counts: true, by: "daemon", note: "" };
    });
  }

  earlierBans(subject: Subject, jail: JailName | "all", since: Instant): number {
    return this.#history.earlier(subject, jail, since);
  }

  /** Pardons follow an unban or an exemption by hand. */
  pardonedAt(): undefined {
    return undefined;
  }

  allowEntries(): readonly AllowEntry[] {
    return [];
  }

  cursor(key: string): Cursor | undefined {
    return this.#cursors.get(key);
  }
}

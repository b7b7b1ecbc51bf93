/**
 * Writes to the ban book. Applies the steps of an entry to the tables, in one transaction, and numbers bans and
 * failures.
 */
import type { BookedBan } from "../domain/ban.ts";
import type { AuditNote, BanOpening, BookEntry, BookStep } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import type { Duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { Emit } from "../telemetry/events.ts";
import { openBan, type WriteAudit } from "./ban-lifecycle.ts";
import { noteForgiven, noteSpent } from "./in-memory-mode.ts";
import type { Store } from "./store.ts";
import { wholeInstant } from "./tables/columns.ts";
import type { EnforcerViews } from "./tables/enforcer-views.ts";
import { createFailureBound, type FailureBound } from "./tables/failure-bound.ts";
import { mergeAuditNotes } from "./tables/merge-audit-notes.ts";
import { createNumbering, type Numbering } from "./tables/numbering.ts";
import type { Tables } from "./tables/tables.ts";
import { type RefusedStep, takeEach } from "./take-each.ts";

export interface BookOptions {
  readonly store: Store;
  readonly views: EnforcerViews;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly retention: { readonly audit: Duration; readonly history: Duration };
  /** Maximum number of unconsumed failures; the oldest are dropped first. */
  readonly failureBound: number;
}

export class BookWriter {
  readonly #options: BookOptions;
  readonly #store: Store;
  readonly #banNumbers: Numbering;
  readonly #failureNumbers: Numbering;
  readonly #failureBound: FailureBound;

  constructor(options: BookOptions) {
    this.#options = options;
    this.#store = options.store;
    const facts = this.#store.read((tables) => tables.facts);
    this.#banNumbers = createNumbering(facts, "ban-number", 1000);
    this.#failureNumbers = createNumbering(facts, "failure-number", 100_000);
    this.#failureBound = createFailureBound(options);
  }

  commit({ steps, cursors }: BookEntry): readonly BanOpening[] {
    const now = wholeInstant(this.#options.clock.now());
    let refused: readonly RefusedStep[] = [];
    const openings = this.write((tables, audit) => {
      const opened: BanOpening[] = [];
      refused = takeEach(steps, (step) => {
        const opening = this.#take(tables, step, audit);
        if (opening !== undefined) opened.push(opening);
      });
      for (const cursor of cursors) tables.cursors.save(cursor, now);
      return opened;
    });
    this.#failureBound.hold();
    for (const { kind, reason } of refused)
      this.#options.emit({ event: "record-entry-refused", kind, reason });
    return openings;
  }

  #take(tables: Tables, step: BookStep, audit: WriteAudit): BanOpening | undefined {
    switch (step.kind) {
      case "failure":
        tables.failures.insert(step, this.#failureNumbers.next(tables.facts));
        this.#failureBound.added();
        return undefined;
      case "consumed":
        this.#consume(tables, step.subject, step.jail, undefined);
        return undefined;
      case "pardoned":
        this.pardon(tables, step.subject, step.at);
        return undefined;
      case "forgiven": {
        if (this.#store.holding) noteForgiven(this.#store.database, step);
        tables.failures.forgive(step.subject, step.jail, step.account);
        return undefined;
      }
      case "login":
        tables.logins.note(step);
        return undefined;
      case "sessions":
        tables.sessions.save(step.jail, step);
        return undefined;
      case "past": {
        const { ban, ended, by } = step;
        const id = this.#banNumbers.next(tables.facts);
        const booked: BookedBan = { ...ban, id, state: "pending", gaps: [] };
        tables.history.insert(booked, { ended, why: "expired", counts: true, by, note: "" });
        return undefined;
      }
      case "ban": {
        const { ban, who, note, continues } = step;
        const id = this.#banNumbers.next(tables.facts);
        const opening = openBan(tables, { ban, who, note, id }, audit);
        if (ban.origin === "detected" || ban.origin === "restored")
          this.#consume(tables, ban.subject, ban.jail, opening.ban.id);
        if (continues !== undefined) tables.failures.copyEvidence(continues, opening.ban.id);
        return opening;
      }
      case "audit":
        audit(step);
        return undefined;
    }
  }

  #consume(tables: Tables, subject: Subject, jail: JailName, banId: number | undefined): void {
    tables.failures.consume(subject, jail, banId);
    if (this.#store.holding) noteSpent(this.#store.database, subject, jail);
  }

  /**
   * Consumes the failures of exactly this subject. Failures of subjects within a network stay in the file, and code
   * that rebuilds windows checks `pardonedAt`.
   */
  pardon(tables: Tables, subject: Subject, at: Instant): void {
    tables.pardons.add(subject, at);
    for (const jail of tables.failures.jailsOf(subject))
      this.#consume(tables, subject, jail, undefined);
  }

  /** Runs `work` in one transaction, then appends the audit notes it made. `work` may run twice. */
  write<T>(work: (tables: Tables, audit: WriteAudit) => T): T {
    const at = wholeInstant(this.#options.clock.now());
    const [ban, failure] = [this.#banNumbers.position(), this.#failureNumbers.position()];
    return this.#store.write((tables) => {
      // The store runs this again if writing to the file fails: the same objects must get the same numbers.
      this.#banNumbers.rewind(ban);
      this.#failureNumbers.rewind(failure);
      const notes: AuditNote[] = [];
      const result = work(tables, (note) => void notes.push(note));
      for (const note of mergeAuditNotes(notes))
        if (this.#store.takesAudit()) tables.audit.append(note, at);
      return result;
    });
  }
}

/**
 * Changes current bans: one row per subject and jail. Opening a current ban extends it and never shortens it. Whether
 * bans are enforced is kept in memory only: see confirmations.ts.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Ban, BookedBan } from "../../domain/ban.ts";
import type { BanOpening } from "../../domain/ban-book.ts";
import { instant, type Instant, laterUntil } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { OBSERVED, type PortScope } from "../../domain/port-scope.ts";
import { scopeIn, subjectIn } from "./ban-columns.ts";
import { FOREVER_COLUMN, rangeColumns, type Row, textIn, untilColumn } from "./columns.ts";
import { type EnforcerViews, heldScope } from "./enforcer-views.ts";
import type { PrefixLengths } from "./prefix-lengths.ts";
import type { BanReader } from "./read-bans.ts";
import { allRows, type OnUnreadable, readEach } from "./read-rows.ts";

export interface BanWriterOptions {
  readonly views: EnforcerViews;
  readonly lengths: PrefixLengths;
  readonly reader: BanReader;
  readonly onUnreadable: OnUnreadable;
}

export class BanWriter {
  readonly #options: BanWriterOptions;
  readonly #insertion: StatementSync;
  readonly #extension: StatementSync;
  readonly #removal: StatementSync;
  readonly #shift: StatementSync;
  readonly #elsewhere: StatementSync;
  readonly #move: StatementSync;

  constructor(database: DatabaseSync, options: BanWriterOptions) {
    this.#options = options;
    this.#insertion = database.prepare(
      "INSERT INTO bans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#extension = database.prepare(
      `UPDATE bans SET scope = ?, until_at = ?, origin = ?, reason = ?, rule = ?, failures = ?,
         escalation = ? WHERE subject = ? AND jail = ?`,
    );
    this.#removal = database.prepare("DELETE FROM bans WHERE subject = ? AND jail = ?");
    const elsewhere = `WHERE jail = ? AND scope NOT IN (?, '${OBSERVED}') AND origin <> 'canary'`;
    this.#elsewhere = database.prepare(`SELECT subject, scope FROM bans ${elsewhere}`);
    this.#move = database.prepare(`UPDATE bans SET scope = ? ${elsewhere}`);
    this.#shift = database.prepare(
      `UPDATE bans SET from_at = from_at + :step,
         until_at = CASE until_at WHEN ${FOREVER_COLUMN} THEN until_at ELSE until_at + :step END`,
    );
  }

  /** Inserts a ban. The caller must have checked that none exists. */
  insert(ban: Ban, id: number): BookedBan {
    const { subject, jail, scope, from, until, origin, reason, rule, failures, escalation } = ban;
    const low = rangeColumns(subject).first;
    const end = untilColumn(until);
    this.#options.lengths.note(subject);
    this.#options.views.doubt(ban);
    this.#insertion.run(
      ...[subject, jail, id, low, scope, from, end, origin, reason, rule, failures, escalation],
    );
    return { ...ban, id, state: "pending", gaps: [] };
  }

  extend(old: BookedBan, ban: Ban): BanOpening {
    const until = laterUntil(old.until, ban.until);
    const moved = old.scope !== ban.scope;
    if (until === old.until && !moved) {
      return { ban: old, change: "unchanged", previousScope: undefined };
    }
    const { scope, origin, reason, rule, failures, escalation } = ban;
    const end = untilColumn(until);
    this.#options.views.doubt(ban);
    this.#extension.run(
      ...[scope, end, origin, reason, rule, failures, escalation, old.subject, old.jail],
    );
    if (moved) this.#forgetUnlessBanned(old);
    return {
      ban: { ...ban, id: old.id, from: old.from, until, state: "pending", gaps: [] },
      change: "extended",
      previousScope: moved ? old.scope : undefined,
    };
  }

  /** Gives the bans of a jail this scope, except observed ones and self-tests. Returns how many had another one. */
  changePorts(jail: JailName, scope: PortScope): number {
    const { views, onUnreadable } = this.#options;
    const rows = allRows(this.#elsewhere, jail, scope);
    if (rows.length === 0) return 0;
    this.#move.run(scope, jail, scope);
    const readFormer = (row: Row): Pick<Ban, "subject" | "scope"> => ({
      subject: subjectIn(row),
      scope: scopeIn(row),
    });
    for (const former of readEach(rows, readFormer, onUnreadable)) {
      views.doubt({ subject: former.subject, jail, scope });
      this.#forgetUnlessBanned(former);
    }
    return rows.length;
  }

  remove(ban: BookedBan): void {
    this.#removal.run(ban.subject, ban.jail);
    this.#forgetUnlessBanned(ban);
  }

  /** Deletes unreadable rows of expired bans. Returns their number. */
  discardUnreadable(now: Instant): number {
    const rows = this.#options.reader.endedUnreadable(now);
    for (const row of rows) this.#removal.run(textIn(row, "subject"), textIn(row, "jail"));
    return rows.length;
  }

  shift(step: number): void {
    this.#shift.run({ step });
  }

  #forgetUnlessBanned({ subject, scope: banned }: Pick<Ban, "subject" | "scope">): void {
    const { views, reader } = this.#options;
    for (const { demand, confirmations } of views.all()) {
      const scope = heldScope(demand, banned);
      if (!confirmations.isDoubted(subject, scope)) continue;
      if (reader.blockAfter(demand, { subject, scope }, BEGINNING) === undefined)
        confirmations.forget(subject, scope);
    }
  }
}

/** A time before every end, to find bans whether they have ended or not. */
const BEGINNING = instant(0);

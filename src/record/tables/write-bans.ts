/**
 * Changes current bans: one row per subject and jail. Opening a current ban extends it and never shortens it. Whether
 * bans are enforced is not stored: see confirmations.ts.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Ban, BookedBan } from "../../domain/ban.ts";
import type { BanOpening } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Block } from "../../domain/enforcer.ts";
import { type Instant, laterUntil } from "../../domain/instant.ts";
import type { PortScope } from "../../domain/port-scope.ts";
import { FOREVER_COLUMN, integerIn, rangeColumns, textIn, untilColumn } from "./columns.ts";
import type { Confirmations } from "./confirmations.ts";
import type { PrefixLengths } from "./prefix-lengths.ts";
import type { BanReader } from "./read-bans.ts";

export interface BanWriterOptions {
  readonly confirmations: Confirmations;
  readonly lengths: PrefixLengths;
  readonly reader: BanReader;
}

export class BanWriter {
  readonly #options: BanWriterOptions;
  readonly #insertion: StatementSync;
  readonly #extension: StatementSync;
  readonly #removal: StatementSync;
  readonly #longest: StatementSync;
  readonly #shift: StatementSync;

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
    this.#longest = database.prepare(
      "SELECT max(until_at) AS until_at FROM bans WHERE subject = ? AND scope = ?",
    );
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
    this.#options.confirmations.doubt(subject, scope);
    this.#insertion.run(
      ...[subject, jail, id, low, scope, from, end, origin, reason, rule, failures, escalation],
    );
    return { ...ban, id, state: "pending", error: undefined };
  }

  extend(old: BookedBan, ban: Ban): BanOpening {
    const until = laterUntil(old.until, ban.until);
    const moved = old.scope !== ban.scope;
    if (until === old.until && !moved) {
      return { ban: old, change: "unchanged", previousScope: undefined };
    }
    const { scope, origin, reason, rule, failures, escalation } = ban;
    const end = untilColumn(until);
    this.#options.confirmations.doubt(old.subject, scope);
    this.#extension.run(
      ...[scope, end, origin, reason, rule, failures, escalation, old.subject, old.jail],
    );
    if (moved) this.#forgetUnlessBanned(old.subject, old.scope);
    return {
      ban: { ...ban, id: old.id, from: old.from, until, state: "pending", error: undefined },
      change: "extended",
      previousScope: moved ? old.scope : undefined,
    };
  }

  remove(ban: BookedBan): void {
    this.#removal.run(ban.subject, ban.jail);
    this.#forgetUnlessBanned(ban.subject, ban.scope);
  }

  /** Deletes unreadable rows of expired bans. Returns their number. */
  discardUnreadable(now: Instant): number {
    const rows = this.#options.reader.endedUnreadable(now);
    for (const row of rows) this.#removal.run(textIn(row, "subject"), textIn(row, "jail"));
    return rows.length;
  }

  markEnforced(blocks: readonly Block[]): void {
    const { confirmations } = this.#options;
    for (const { subject, scope, until } of blocks) {
      if (!confirmations.isDoubted(subject, scope)) continue;
      const latest = this.#latestEnd(subject, scope);
      if (latest === undefined || latest > untilColumn(until)) continue;
      confirmations.confirm(subject, scope);
    }
  }

  shift(step: number): void {
    this.#shift.run({ step });
  }

  /** Returns the latest end of this subject and scope over all jails; undefined: no jail has a ban. */
  #latestEnd(subject: Subject, scope: PortScope): number | undefined {
    const row = this.#longest.get(subject, scope);
    return row === undefined || row["until_at"] === null ? undefined : integerIn(row, "until_at");
  }

  #forgetUnlessBanned(subject: Subject, scope: PortScope): void {
    const { confirmations } = this.#options;
    if (!confirmations.isDoubted(subject, scope)) return;
    if (this.#latestEnd(subject, scope) === undefined) confirmations.forget(subject, scope);
  }
}

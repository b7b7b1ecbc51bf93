/**
 * Counts the writes that are kept only in memory while the database file cannot be written. Keeps the reason and the
 * start too.
 */
import { amount } from "../domain/amount.ts";
import type { BookStatus } from "../domain/ban-book.ts";
import type { Instant } from "../domain/instant.ts";
import type { SqliteFailure } from "./sqlite-failure.ts";
import type { AuditHead } from "./tables/audit.ts";

/**
 * Maximum number of audit entries kept in memory. Later ones are not kept, because a chain has no gaps, but counted and
 * reported as lost.
 */
const MAX_HELD_AUDIT = 10_000;
/** Number of writes between two checks of the bounds, so that counting rows costs little. */
const BOUND_EVERY = 64;

export class HeldWrites {
  /** Why the last write to the file failed. */
  failure: SqliteFailure;
  readonly headBefore: AuditHead;
  readonly #since: Instant;
  #unsaved = 0;
  #dropped = 0;
  #auditLost = 0;

  constructor(failure: SqliteFailure, headBefore: AuditHead, since: Instant) {
    this.failure = failure;
    this.headBefore = headBefore;
    this.#since = since;
  }

  get unsaved(): number {
    return this.#unsaved;
  }

  get status(): BookStatus {
    const [unsaved, dropped] = [this.#unsaved, this.#dropped];
    const { kind, reason } = this.failure;
    return { state: "degraded", kind, reason, since: this.#since, unsaved, dropped };
  }

  /** Counts one more write. Returns whether the rows in memory must be bounded now. */
  addWrite(): boolean {
    this.#unsaved++;
    return this.#unsaved % BOUND_EVERY === 0;
  }

  addDropped(rows: number): void {
    this.#dropped += rows;
  }

  /** Returns whether the audit, whose newest entry is `head`, accepts another one; counts a refused one. */
  takesAudit(head: AuditHead): boolean {
    if (head.id - this.headBefore.id < MAX_HELD_AUDIT) return true;
    this.#auditLost++;
    this.#dropped++;
    return false;
  }

  /** Describes what was lost, for the audit; undefined: nothing. */
  describeLoss(): string | undefined {
    if (this.#dropped === 0) return undefined;
    const entries = amount(this.#auditLost, "audit entry");
    const rows = this.#dropped - this.#auditLost;
    const others = amount(rows, "failure or past ban", "failures or past bans");
    return `while writing failed (${this.failure.reason}): ${entries}, ${others}`;
  }
}

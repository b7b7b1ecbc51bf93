/**
 * Counts journal entries of one jail whose sender is not proven to be the service. Tracks how many lines, from which
 * senders, and whether they would have caused an offense; they never count for bans. Bounded: MAX_SENDERS senders,
 * MAX_SUBJECTS addresses.
 */
import { createFailureWindow, type FailureWindow } from "../detect/failure-window.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import { detachString } from "../domain/detach-string.ts";
import { isServiceUnit } from "../source/journal/journal-sender.ts";

/** Trusted fields of a journal entry. */
export interface Sender {
  readonly uid: string | undefined;
  readonly unit: string | undefined;
}

export interface SenderLines extends Sender {
  lines: number;
}

/** An offense that unproven lines would have caused, had their sender been proven. */
export interface UnprovenOffense {
  readonly subject: Subject;
  readonly at: Instant;
  readonly sender: Sender;
}

const MAX_SENDERS = 8;
const MAX_SUBJECTS = 1024;

export class UnprovenTally {
  lines = 0;
  /** The newest offense, or the newest of a service, if there is one. */
  offense: UnprovenOffense | undefined;
  readonly #window: FailureWindow;
  readonly #senders = new Map<string, SenderLines>();
  readonly #lines = new Map<Subject, number>();

  constructor(policy: { readonly findtime: Duration; readonly maxretry: number }) {
    const { findtime, maxretry } = policy;
    this.#window = createFailureWindow({ findtime, maxretry, maxTracked: MAX_SUBJECTS });
  }

  line(sender: Sender): void {
    this.lines++;
    const key = `${sender.uid ?? ""} ${sender.unit ?? ""}`;
    const known = this.#senders.get(key);
    if (known !== undefined) known.lines++;
    else if (this.#senders.size < MAX_SENDERS)
      this.#senders.set(key, { ...detach(sender), lines: 1 });
  }

  failure(
    subject: Subject,
    {
      at,
      counts,
      sender,
    }: { readonly at: Instant; readonly counts: number; readonly sender: Sender },
  ): void {
    this.#lines.set(subject, (this.#lines.get(subject) ?? 0) + 1);
    if (this.#lines.size > MAX_SUBJECTS) {
      const [oldest] = this.#lines.keys();
      if (oldest !== undefined) this.#lines.delete(oldest);
    }
    if (!this.#window.observe(subject, at, counts).offense) return;
    // Keeps an offense of a service unit: any logged-in user can cause the others.
    if (this.offense !== undefined && isService(this.offense.sender) && !isService(sender)) return;
    this.offense = { subject, at, sender: detach(sender) };
  }

  /** Returns the number of lines that reported a failure of the subject. */
  linesOf(subject: Subject): number {
    return this.#lines.get(subject) ?? 0;
  }

  /** Returns senders, the one with most lines first. */
  senders(): readonly SenderLines[] {
    return [...this.#senders.values()].sort((a, b) => b.lines - a.lines);
  }
}

export function isService({ unit }: Sender): boolean {
  return isServiceUnit(unit);
}

/** Copies the strings, which otherwise keep their whole batch of lines in memory. */
function detach({ uid, unit }: Sender): Sender {
  return {
    uid: uid === undefined ? undefined : detachString(uid),
    unit: unit === undefined ? undefined : detachString(unit),
  };
}

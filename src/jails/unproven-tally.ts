/**
 * Counts entries of one jail that a journal match without a sender selected, from a process that nothing proves to be
 * the service: how many lines, of whom, and whether they would have been an offense. They do not count for bans.
 * Bounded: MAX_SENDERS senders, MAX_SUBJECTS addresses.
 */
import { createFailureWindow, type FailureWindow } from "../detect/failure-window.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import { detachString } from "../domain/detach-string.ts";
import { isServiceUnit } from "../source/journal/journal-sender.ts";

/** The sender, as the journal proves it. */
export interface Sender {
  readonly uid: string | undefined;
  readonly unit: string | undefined;
}

export interface SenderLines extends Sender {
  lines: number;
}

/** Failures of an address that would have reached maxretry, had the sender been proven. */
export interface UnprovenOffense {
  readonly subject: Subject;
  readonly at: Instant;
  readonly sender: Sender;
}

const MAX_SENDERS = 8;
const MAX_SUBJECTS = 1024;

export class UnprovenTally {
  lines = 0;
  /** The latest one. */
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
    // Prefers one of a service: any logged-in user can make the others.
    if (this.offense !== undefined && isService(this.offense.sender) && !isService(sender)) return;
    this.offense = { subject, at, sender: detach(sender) };
  }

  /** Number of lines that reported a failure of the subject. */
  linesOf(subject: Subject): number {
    return this.#lines.get(subject) ?? 0;
  }

  /** Sorted by number of lines. */
  senders(): readonly SenderLines[] {
    return [...this.#senders.values()].sort((a, b) => b.lines - a.lines);
  }
}

export function isService({ unit }: Sender): boolean {
  return isServiceUnit(unit);
}

/** Keeps no reference to a batch. */
function detach({ uid, unit }: Sender): Sender {
  return {
    uid: uid === undefined ? undefined : detachString(uid),
    unit: unit === undefined ? undefined : detachString(unit),
  };
}

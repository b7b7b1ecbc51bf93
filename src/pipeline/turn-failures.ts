/**
 * Lists the failures that count against subjects during a turn: those of the book, and those of the turn, which are not
 * in the book yet. The book does not change during a turn, so each window is read once.
 */
import { openFailures } from "../detect/open-failures.ts";
import type { BanBook, BookStep, CountedFailure } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { JailName } from "../domain/jail-name.ts";

/** Maximum number of failures of one window: three times the largest maxretry. */
const MAX_FAILURES = 3000;
/** Number of failures that are kept at a time. */
const MAX_KEPT = 20_000;
const NONE: readonly BookStep[] = [];

export class TurnFailures {
  readonly #book: Pick<BanBook, "windowFailures">;
  readonly #steps: readonly BookStep[];
  readonly #booked = new Map<string, readonly CountedFailure[]>();
  #kept = 0;
  readonly #stepsOf = new Map<Subject, BookStep[]>();
  /** Number of steps in `#stepsOf`. */
  #indexed = 0;

  /** `steps`: the steps of the turn, to which more are added. */
  constructor(book: Pick<BanBook, "windowFailures">, steps: readonly BookStep[]) {
    this.#book = book;
    this.#steps = steps;
  }

  /** Returns the failures, oldest first. */
  of(jail: JailName, subject: Subject): readonly CountedFailure[] {
    this.#index();
    const steps = this.#stepsOf.get(subject) ?? NONE;
    return openFailures({ subject, jail }, this.#read(jail, subject), steps);
  }

  #read(jail: JailName, subject: Subject): readonly CountedFailure[] {
    const key = `${jail} ${subject}`;
    const known = this.#booked.get(key);
    if (known !== undefined) return known;
    const booked = this.#book.windowFailures({ subject, jail, limit: MAX_FAILURES });
    this.#kept += booked.length;
    if (this.#kept > MAX_KEPT) {
      this.#booked.clear();
      this.#kept = booked.length;
    }
    this.#booked.set(key, booked);
    return booked;
  }

  #index(): void {
    for (; this.#indexed < this.#steps.length; this.#indexed++) {
      const step = this.#steps[this.#indexed];
      const subject = step && subjectOfStep(step);
      if (step === undefined || subject === undefined) continue;
      const steps = this.#stepsOf.get(subject);
      if (steps === undefined) this.#stepsOf.set(subject, [step]);
      else steps.push(step);
    }
  }
}

function subjectOfStep(step: BookStep): Subject | undefined {
  if (step.kind === "ban") return step.ban.subject;
  return "subject" in step ? step.subject : undefined;
}

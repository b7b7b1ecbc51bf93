/** Lists the logins from a subject during a turn: those of the book, each read once, and those of the turn. */
import type { Subject } from "../../domain/cidr.ts";
import type { Login } from "../../domain/login.ts";
import { createLoginNotes, type LoginNotes } from "./login-notes.ts";

/** Number of subjects whose booked logins are kept. */
const MAX_KEPT = 1000;

export class TurnLogins {
  readonly notes: LoginNotes = createLoginNotes();
  readonly #readBook: (subject: Subject) => readonly Login[];
  /** The book does not change during a turn. */
  readonly #booked = new Map<Subject, readonly Login[]>();

  constructor(readBook: (subject: Subject) => readonly Login[]) {
    this.#readBook = readBook;
  }

  at(subject: Subject): readonly Login[] {
    const booked = this.#bookedAt(subject);
    const noted = this.notes.of(subject);
    return noted.length === 0 ? booked : [...noted, ...booked];
  }

  #bookedAt(subject: Subject): readonly Login[] {
    const known = this.#booked.get(subject);
    if (known !== undefined) return known;
    const booked = this.#readBook(subject);
    if (this.#booked.size >= MAX_KEPT) this.#booked.clear();
    this.#booked.set(subject, booked);
    return booked;
  }
}

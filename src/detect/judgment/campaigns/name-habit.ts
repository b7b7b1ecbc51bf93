/**
 * Remembers how many sources tried each account on earlier days. 96 KiB; count-min.ts states the error. Yesterday is an
 * earlier day from noon on, so that the names of an attack that lasts over midnight stay new.
 */
import { CountMin } from "../count-min.ts";
import { mixHash } from "../hash.ts";

const DAY_MS = 86_400_000;
const NOON_MS = DAY_MS / 2;
/** Number of earlier sources up to which an account counts as not tried before. */
const FRESH = 2;
/** Number of days that must be known before an account can count as not tried before. */
const LEARNING_DAYS = 2;
const MAX_MISSED_DAYS = 14;

const NOTHING_KNOWN = { day: -1, days: 0, today: [], before: [] };

export class NameHabit {
  #today: CountMin;
  /** Undefined once it is part of #before. */
  #yesterday: CountMin | undefined;
  readonly #before: CountMin;
  #day: number;
  #days: number;

  constructor({ day, days, today, yesterday, before }: NameHabitState = NOTHING_KNOWN) {
    this.#day = day;
    this.#days = days;
    this.#today = new CountMin(today);
    this.#yesterday = yesterday && new CountMin(yesterday);
    this.#before = new CountMin(before);
  }

  /** Counts a source that tries the account for the first time. `jail` and `name` are hashes. */
  add(jail: number, name: number): void {
    this.#today.add(mixHash(jail, name));
  }

  /** Whether enough days are known to tell which accounts are new. */
  get isKnown(): boolean {
    return this.#days >= LEARNING_DAYS;
  }

  isFresh(jail: number, name: number): boolean {
    return this.isKnown && this.#before.estimate(mixHash(jail, name)) <= FRESH;
  }

  advance(at: number): void {
    const day = Math.floor(at / DAY_MS);
    if (this.#day < 0) this.#day = day;
    const missed = Math.min(day - this.#day, MAX_MISSED_DAYS);
    for (let i = 0; i < missed; i++) {
      this.#absorbYesterday();
      this.#yesterday = this.#today;
      this.#today = new CountMin();
    }
    if (missed > 0) {
      this.#days++;
      this.#day = day;
    }
    if (at % DAY_MS >= NOON_MS) this.#absorbYesterday();
  }

  #absorbYesterday(): void {
    if (this.#yesterday !== undefined) this.#before.absorb(this.#yesterday);
    this.#yesterday = undefined;
  }

  /** Moves the current day with a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    if (this.#day >= 0) this.#day += Math.round(step / DAY_MS);
  }

  state(): NameHabitState {
    return {
      day: this.#day,
      days: this.#days,
      today: [...this.#today.cells],
      ...(this.#yesterday && { yesterday: [...this.#yesterday.cells] }),
      before: [...this.#before.cells],
    };
  }
}

export interface NameHabitState {
  readonly day: number;
  readonly days: number;
  readonly today: readonly number[];
  /** Missing from noon on, and in a state of an earlier version. */
  readonly yesterday?: readonly number[];
  readonly before: readonly number[];
}

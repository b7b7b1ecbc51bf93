/** Counts what a bounded list has forgotten within 30 days, so that it can say how many more there were. */
import { trimOldest } from "./trim-oldest.ts";

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;

/** Counts by day from the epoch. */
export type ForgottenState = readonly (readonly [day: number, count: number])[];

export class ForgottenCount {
  readonly #days: Map<number, number>;

  constructor(state: ForgottenState = []) {
    this.#days = new Map(state);
  }

  /** `at`: the time of what is forgotten. */
  add(at: number, count: number): void {
    if (count === 0) return;
    const today = dayOf(at);
    this.#days.set(today, (this.#days.get(today) ?? 0) + count);
    trimOldest(this.#days, KEPT_DAYS + 2);
  }

  /** Returns how many were forgotten that are of the last 30 days. */
  since(now: number): number {
    const days = [...this.#days].filter(([day]) => day > dayOf(now) - KEPT_DAYS);
    return days.reduce((sum, [, count]) => sum + count, 0);
  }

  state(): ForgottenState {
    return [...this.#days];
  }
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

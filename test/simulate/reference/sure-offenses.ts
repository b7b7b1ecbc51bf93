import type { Failure } from "./failure.ts";
import { CLOCK_TOLERANCE } from "./promises.ts";

/** Counts the offenses that a subject has certainly made: each starts from zero after the one before. */
export class SureOffenses {
  readonly #limit: number;
  #count = 0;
  /** Failures of the next offense, and the earliest time of the first. */
  #next = { failures: 0, from: 0 };
  /** The latest time of the failure with which the limit was reached; undefined: not reached. */
  reachedAt: number | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts a failure. `threshold`: how many within `findTime` are an offense, whatever guards require. */
  add({ certain, low, high }: Failure, threshold: number, findTime: number): void {
    if (!certain) return;
    const isTogether = high - this.#next.from < findTime - CLOCK_TOLERANCE;
    if (this.#next.failures === 0 || !isTogether) this.#next = { failures: 0, from: low };
    if (++this.#next.failures < threshold) return;
    this.#next.failures = 0;
    if (++this.#count >= this.#limit) this.reachedAt ??= high;
  }

  forget(): void {
    this.#count = 0;
    this.#next.failures = 0;
    this.reachedAt = undefined;
  }
}

import type { Happening } from "../happenings.ts";
import type { Login } from "./login-records.ts";
import { LATE_LINE, SKEW_LEARNED_WITHIN, SKEW_PRECISION, SLACK, ZONE_STEP } from "./promises.ts";

/**
 * Tracks what must and may be known of a constant difference of stamps in local time: it "is corrected by it once it was
 * seen for ten seconds". Source: docs/troubleshooting.md, The clock is set.
 */
export class LearnedSkew {
  /** Since when all lines came when they were written; undefined: none came since the last doubt. */
  #promptSince: number | undefined;
  #isLearned = false;
  /** A difference between arrival and stamp, and since when lines came with it. */
  #constant: { readonly late: number; readonly since: number } | undefined;
  #mayShift = false;

  happened(happening: Happening, login: Login | undefined): void {
    const { kind, at } = happening;
    if (kind === "started" || kind === "clock") this.#doubt();
    if (kind !== "readable" || login === undefined) return;
    if (happening.again && happening.isRepeated !== true) return;
    if (login.stamp !== undefined && login.hasOffset !== true) this.#noteLate(at - login.stamp, at);
    if (at - login.at > SLACK) return this.#doubt();
    this.#promptSince ??= at;
    // The line with which the time is over may still be placed without it.
    this.#isLearned = at - this.#promptSince > SKEW_LEARNED_WITHIN;
  }

  /** Whether the difference of a host whose lines come promptly must be known. */
  get isLearned(): boolean {
    return this.#isLearned;
  }

  /** Whether lines that came late may look like those of a wrong clock or zone. */
  get mayShift(): boolean {
    return this.#mayShift;
  }

  #noteLate(late: number, at: number): void {
    if (Math.abs(late) <= LATE_LINE) {
      // "One host has one clock": a line that comes promptly shows that it is right, unless it is of another zone.
      if (this.#constant !== undefined && !isOfZones(this.#constant.late)) {
        this.#constant = undefined;
        this.#mayShift = false;
      }
      return;
    }
    const before = this.#constant;
    if (before === undefined || Math.abs(late - before.late) > SKEW_PRECISION)
      this.#constant = { late, since: at };
    else this.#mayShift ||= at - before.since >= SKEW_LEARNED_WITHIN - SLACK;
  }

  #doubt(): void {
    this.#promptSince = undefined;
    this.#isLearned = false;
  }
}

function isOfZones(late: number): boolean {
  return Math.abs(late - Math.round(late / ZONE_STEP) * ZONE_STEP) <= SKEW_PRECISION;
}

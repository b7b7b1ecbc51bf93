import type { Happening, JailPolicy } from "../happenings.ts";
import type { Login } from "./login-records.ts";
import { BAN_WITHIN, SLACK, WITNESS } from "./promises.ts";

interface Watching {
  readonly running: boolean;
  readonly now: number;
  readonly clockSteppedAt: number;
  lookingSince(policy: JailPolicy): number;
  isSettled(policy: JailPolicy, time: number): boolean;
}

/**
 * Tracks when a line without a record in btmp must ban nobody: the witness "has confirmed a failure since the daemon
 * started", and records still come. Source: docs/operating.md, Lines without a login.
 */
export class LoginWitness {
  /** When the line of a recorded login was last readable, while btmp is written. */
  #confirmedAt: number = -Infinity;
  /** When something last happened to btmp, which may have had an effect until the next look at it. */
  #changedAt: number = -Infinity;

  /** Notes a happening; `login`: the one whose line became readable. */
  happened(happening: Happening, login: Login | undefined): void {
    if (happening.kind === "btmp") {
      this.#confirmedAt = -Infinity;
      this.#changedAt = happening.at;
    }
    if (happening.kind !== "readable" || happening.again || login?.isRecorded !== true) return;
    // "Failures of a time of which records were skipped or forgotten are never refused": of a late line it may be gone.
    if (happening.at > login.at + BAN_WITHIN) return;
    this.#confirmedAt = happening.at;
  }

  /** Reports whether a line that another program writes now must not count. */
  mustDeny(policy: JailPolicy, world: Watching): boolean {
    const confirmedAt = this.#confirmedAt;
    const since = Math.max(world.lookingSince(policy), world.clockSteppedAt, this.#changedAt);
    return (
      confirmedAt > since + BAN_WITHIN &&
      world.isSettled(policy, BAN_WITHIN) &&
      world.now > confirmedAt + SLACK &&
      world.now < confirmedAt + WITNESS.lasts - BAN_WITHIN
    );
  }
}

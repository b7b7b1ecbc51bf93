import type { Network } from "./network.ts";

/**
 * One failure of a subject in a jail. `low`, `high`: bounds of the time that counts; `certain`: the daemon must count
 * it, otherwise it may; `consumedAt`: when a ban to which it may have led was first seen.
 */
export interface Failure {
  readonly id: number | undefined;
  readonly ip: Network;
  readonly user: string;
  /** Whether btmp, as long as it is asked, shows that nobody failed. */
  readonly isDenied?: boolean;
  low: number;
  high: number;
  certain: boolean;
  consumedAt: number | undefined;
  /** Whether it may have come after the ban that was first seen then, so that it counts for the next one. */
  isLate: boolean;
  readonly readableAt: number;
}

export interface FailureWindow {
  readonly key: string;
  readonly jail: string;
  readonly subject: Network;
  /** Failures in the order of `low`. */
  failures: Failure[];
}

/** Inserts a failure in the order of `low`. */
export function insertSorted(failures: Failure[], failure: Failure): void {
  let index = failures.length;
  while (index > 0 && (failures[index - 1]?.low ?? 0) > failure.low) index--;
  failures.splice(index, 0, failure);
}

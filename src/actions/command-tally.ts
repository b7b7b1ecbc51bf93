/**
 * Tracks which commands of one action fail repeatedly. A command is failing if it never succeeded since the action was
 * opened, or failed three times in a row.
 */
import type { Instant } from "../domain/instant.ts";
import type { Failure } from "./running-action.ts";

export interface FailingCommand {
  readonly action: string;
  /** Purpose of the command, such as `ban` or `unban`. */
  readonly command: string;
  /** Number of failures in a row. */
  readonly failures: number;
  readonly reason: string;
  readonly at: Instant;
}

interface Tally {
  hasSucceeded: boolean;
  last: FailingCommand | undefined;
}

const MAX_IN_A_ROW = 3;

export interface CommandTally {
  note(command: string, failure: Failure, at: Instant): void;
  /** Returns failing commands in the order in which they first ran. */
  failing(): readonly FailingCommand[];
}

export function createCommandTally(action: string): CommandTally {
  const tallies = new Map<string, Tally>();
  return {
    note(command, failure, at) {
      const tally = tallies.getOrInsert(command, { hasSucceeded: false, last: undefined });
      if (failure === undefined) {
        tally.hasSucceeded = true;
        tally.last = undefined;
        return;
      }
      const failures = (tally.last?.failures ?? 0) + 1;
      // A ban starts its action first, so the command that failed may be `start`.
      const { reason: why, command: failed } = failure;
      const reason = failed === command ? why : `${failed} failed: ${why}`;
      tally.last = { action, command, failures, reason, at };
    },
    failing: () =>
      [...tallies.values()].flatMap(({ hasSucceeded, last }) =>
        last !== undefined && (!hasSucceeded || last.failures >= MAX_IN_A_ROW) ? [last] : [],
      ),
  };
}

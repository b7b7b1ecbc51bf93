/** The simulated machine to which the replaced modules belong. There is one at a time, because a module exists once. */
import type { AlarmClock } from "../../../src/domain/clock.ts";
import type { Child } from "../../../src/host/process/child-process.ts";
import type { FileSystem } from "../world/file-system.ts";

export interface Machine {
  readonly clock: AlarmClock;
  readonly files: FileSystem;
  /** Receives a line as the syslog daemon does. */
  readonly logLine: (tag: string, text: string) => void;
  /** Starts journalctl. */
  readonly openJournalctl: (argv: readonly string[], signal: AbortSignal) => Child;
  /** Returns what one run of journalctl prints. */
  readonly printJournal: (argv: readonly string[]) => string;
  /** Returns the processor time that the daemon used, in milliseconds. */
  readonly processorTime: () => number;
  /** Returns a random number in [0, 1). */
  readonly chance: () => number;
  /** Whether the disk of the state directory is full. */
  readonly isDiskFull: () => boolean;
  /** Called at each use, so that a crash can come there, and to detect whether anything still happens. */
  readonly onUse: () => void;
}

const realRandom = Math.random;
let present: Machine | undefined;

/** Sets the machine; undefined: the real one. Replaces Math.random too, which decides waits before retries. */
export function enterMachine(machine: Machine | undefined): void {
  present = machine;
  Math.random = machine?.chance ?? realRandom;
}

export function machine(): Machine {
  if (present === undefined) throw new Error("no machine is simulated");
  return present;
}

/** The simulated machine that the replaced modules belong to. One at a time, since a module is there once. */
import type { AlarmClock } from "../../../src/domain/clock.ts";
import type { FileSystem } from "../world/file-system.ts";

export interface Machine {
  readonly clock: AlarmClock;
  readonly files: FileSystem;
  /** Takes a line as the syslog daemon does. */
  readonly logLine: (tag: string, text: string) => void;
  /** Processor time that the daemon has used, in milliseconds. */
  readonly processorTime: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
  /** Of the state directory. */
  readonly isDiskFull: () => boolean;
  /** Called at each use, for crashes in between and to find out whether something still happens. */
  readonly onUse: () => void;
}

const realRandom = Math.random;
let present: Machine | undefined;

/** undefined: back to the real one. Also replaces what is random: waits before another attempt. */
export function enterMachine(machine: Machine | undefined): void {
  present = machine;
  Math.random = machine?.chance ?? realRandom;
}

export function machine(): Machine {
  if (present === undefined) throw new Error("no machine is simulated");
  return present;
}

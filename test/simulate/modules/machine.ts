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
  /** Called at each use, for crashes in between and to find out whether something still happens. */
  readonly onUse: () => void;
}

let present: Machine | undefined;

export function enterMachine(machine: Machine | undefined): void {
  present = machine;
}

export function machine(): Machine {
  if (present === undefined) throw new Error("no machine is simulated");
  return present;
}

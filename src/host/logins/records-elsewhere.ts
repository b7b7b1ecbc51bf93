/**
 * Whether one of these programs records logins where this process does not read them: in a container, which has files of
 * its own.
 */
import { seesOtherFolder } from "../process/mount-view.ts";
import { readProc } from "../process/read-proc.ts";
import { findRunningPrograms } from "../process/running-programs.ts";

const FOLDER = "/var/log";

export function recordsElsewhere(programs: readonly string[]): boolean {
  return findRunningPrograms(programs).some(
    ({ pid }) => seesOtherFolder(pid, FOLDER) === true || isInPidNamespace(pid),
  );
}

/** It has one process id here and another in a namespace below (NSpid of proc(5)). */
function isInPidNamespace(pid: number): boolean {
  return /^NSpid:\t\d+\t\d/m.test(readProc(pid, "status") ?? "");
}

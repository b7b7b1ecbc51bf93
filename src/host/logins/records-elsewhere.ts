/**
 * Detects programs that may write to this process's syslog but record logins elsewhere: in a container, which has its
 * own files.
 */
import { fileIdentity } from "../file-identity.ts";
import { linkTarget } from "../read-or-empty.ts";
import { seesOtherFolder } from "../process/mount-view.ts";
import { readProc } from "../process/read-proc.ts";
import { findRunningPrograms } from "../process/running-programs.ts";

const RECORDS = "/var/log";
const SYSLOG = "/dev/log";

export function recordsElsewhere(programs: readonly string[]): boolean {
  const syslog = fileIdentity(SYSLOG);
  if (syslog === undefined) return false;
  return findRunningPrograms(programs).some(
    ({ pid }) =>
      (seesOtherFolder(pid, RECORDS) === true || isInPidNamespace(pid)) && mayReach(pid, syslog),
  );
}

/** Returns whether a process may write to this syslog; true if it may not be read (CAP_SYS_PTRACE). */
function mayReach(pid: number, syslog: string): boolean {
  const root = `/proc/${pid}/root`;
  if (fileIdentity(`${root}/`) === undefined) return true;
  // Resolve an absolute link here, because it would lead out of the root of that process.
  const target = linkTarget(root + SYSLOG);
  return fileIdentity(root + (target?.startsWith("/") === true ? target : SYSLOG)) === syslog;
}

/** Returns whether a process has another id in a nested PID namespace (NSpid of proc(5)). */
function isInPidNamespace(pid: number): boolean {
  return /^NSpid:\t\d+\t\d/m.test(readProc(pid, "status") ?? "");
}

/**
 * Finds processes in other mount namespaces that see another file at a log's path. This is evidence about the host's
 * log only if the jail's program runs nowhere else: a container has its own logs.
 */
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import type { OtherView } from "../../judge/place-facts.ts";
import { seesOtherFolder } from "../../../host/process/mount-view.ts";
import { namespacesOf, type RunningProgram } from "../../../host/process/running-programs.ts";
import { statAsProcess } from "../../../host/logs/stat-as-process.ts";

/** Programs that write the log lines of other programs. */
export const SYSLOG_DAEMONS: readonly string[] = ["rsyslogd", "syslog-ng", "syslogd"];

/** Returns the other views of a path. `running`: includes the jail's programs and the syslog daemons. */
export function findOtherViews(
  programs: readonly string[],
  running: readonly RunningProgram[],
  path: string,
): readonly OtherView[] {
  const own = running.filter(({ program }) => programs.includes(program));
  const syslog = running.filter(({ program }) => SYSLOG_DAEMONS.includes(program));
  // For a filter without program names, the syslog daemon writes the log.
  const writers = programs.length === 0 ? syslog : own;
  const real = realPath(path);
  if (writers.length === 0 || writers.some((one) => !seesAnother(one, real))) return [];
  const places = new Set(writers.map(({ mountNamespace }) => mountNamespace));
  return [...new Set([...own, ...syslog])].flatMap(({ pid, program, mountNamespace }) => {
    if (!places.has(mountNamespace)) return [];
    const seen = statAsProcess(pid, real);
    return seen === undefined ? [] : [{ pid, program, changedAt: seen.changedAt }];
  });
}

/** Reports whether a running program belongs to this host, judged by its files. */
export function isLocal({ pid, mountNamespace }: RunningProgram, folder: string): boolean {
  return !isElsewhere(mountNamespace) || seesOtherFolder(pid, folder) !== true;
}

function seesAnother({ pid, mountNamespace }: RunningProgram, path: string): boolean {
  if (!isElsewhere(mountNamespace)) return false;
  const here = statAsProcess("self", path);
  if (here === undefined) return seesOtherFolder(pid, dirname(path)) === true;
  const there = statAsProcess(pid, path);
  return there?.device !== here.device || there.inode !== here.inode;
}

/** Reports whether a mount namespace is not this host's. An unreadable one counts as this host's. */
function isElsewhere(mountNamespace: string | undefined): boolean {
  return mountNamespace !== undefined && mountNamespace !== namespacesOf("self").mountNamespace;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // The path does not exist in this mount namespace.
    return path;
  }
}

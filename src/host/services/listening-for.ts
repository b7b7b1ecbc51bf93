/** Tells how long the process that accepts a service's connections has been running. */
import { findRunningPrograms } from "../process/running-programs.ts";
import { isOfRoot } from "../process/is-of-root.ts";
import { readProc } from "../process/read-proc.ts";
import { linkTarget, readText } from "../read-or-empty.ts";
import { listListeners, ownersOf } from "./listeners.ts";

/** USER_HZ, in which proc(5) states times. */
const TICKS_PER_SECOND = 100;

/**
 * Returns the age of the youngest process of root that listens for one of the programs, in milliseconds. undefined: none
 * is known, as with socket activation, or an update has replaced its file.
 */
export function listeningFor(programs: readonly string[]): number | undefined {
  const running = findRunningPrograms(programs).map(({ pid }) => pid);
  const owners = [...ownersOf(listListeners(), running).values()].flat();
  // Any account can run a program of that name.
  const pids = [...new Set(owners.map(({ pid }) => pid))].filter(isOfRoot);
  if (pids.length === 0 || pids.some(isReplaced)) return undefined;
  const started = Math.max(...pids.map(startOf));
  const age = Number(readText("/proc/uptime").split(" ", 1)[0]) * 1000 - started;
  return age >= 0 ? age : undefined;
}

function isReplaced(pid: number): boolean {
  return linkTarget(`/proc/${pid}/exe`)?.endsWith(" (deleted)") !== false;
}

/** Returns when a process started, in milliseconds since the machine did. */
function startOf(pid: number): number {
  const stat = readProc(pid, "stat") ?? "";
  // The name of the program, in parentheses, may contain blanks.
  const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  return (Number(ticks ?? Number.NaN) / TICKS_PER_SECOND) * 1000;
}

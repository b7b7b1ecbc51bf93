/**
 * Reads facts about a process from /proc, given its id and name from the kernel. Synchronous, because the process may
 * end within a millisecond. Trusts the id only if the name matches: the id may have been reused, or belong to another
 * PID namespace.
 */
import type { Author } from "../../domain/author.ts";
import { programName } from "./program-name.ts";
import { readProc } from "./read-proc.ts";

/**
 * The first process id that is reported as a parent. PID 1 starts every unit and kthreadd (2) only kernel threads, so
 * neither adds information.
 */
const FIRST_REPORTED_PARENT = 3;

export function readAuthor(pid: number, program: string): Author {
  const unknown: Author = { program, pid, unit: undefined, parent: undefined };
  if (readProc(pid, "comm")?.trim() !== program) return unknown;
  const unit = unitIn(readProc(pid, "cgroup") ?? "");
  return { ...unknown, program: programName(pid) ?? program, unit, parent: parentOf(pid) };
}

function parentOf(pid: number): Author["parent"] {
  // The name in parentheses may contain anything. State and parent follow its end: proc_pid_stat(5).
  const after = readProc(pid, "stat")?.split(") ").at(-1);
  const parent = Number(after?.split(" ")[1]);
  if (!(parent >= FIRST_REPORTED_PARENT)) return undefined;
  const program = programName(parent);
  return program === undefined ? undefined : { program, pid: parent };
}

/** Returns the innermost unit in a text of cgroups(7): "0::/system.slice/cron.service". */
export function unitIn(cgroup: string): string | undefined {
  const paths = cgroup.split("\n").map((line) => line.split(":").slice(2).join(":"));
  for (const path of paths) {
    const unit = path
      .split("/")
      .reverse()
      .find((part) => /\.(?:service|scope|socket)$/.test(part));
    if (unit !== undefined) return unit;
  }
  return undefined;
}

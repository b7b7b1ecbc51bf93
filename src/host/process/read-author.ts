/**
 * A number and a name the kernel gave for who did something -> what /proc still tells of it. Read at once and without
 * waiting: the program may end in the next millisecond. The number is only believed where the name fits it: the program
 * may be gone and its number another's, or be counted otherwise than here (containers).
 */
import type { Author } from "../../domain/author.ts";
import { programName } from "./program-name.ts";
import { readProc } from "./read-proc.ts";

/** PID 1 starts every unit, and kthreadd (2) nothing of ours: neither says more than the unit does. */
const FIRST_TOLD_PARENT = 3;

export function readAuthor(pid: number, program: string): Author {
  const unknown: Author = { program, pid, unit: undefined, parent: undefined };
  if (readProc(pid, "comm")?.trim() !== program) return unknown;
  const unit = unitIn(readProc(pid, "cgroup") ?? "");
  return { ...unknown, program: programName(pid) ?? program, unit, parent: parentOf(pid) };
}

function parentOf(pid: number): Author["parent"] {
  // The name in parentheses may hold anything; state and parent follow its end: proc_pid_stat(5).
  const after = readProc(pid, "stat")?.split(") ").at(-1);
  const parent = Number(after?.split(" ")[1]);
  if (!(parent >= FIRST_TOLD_PARENT)) return undefined;
  const program = programName(parent);
  return program === undefined ? undefined : { program, pid: parent };
}

/** cgroups(7): "0::/system.slice/cron.service". The innermost unit is the one it belongs to. */
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

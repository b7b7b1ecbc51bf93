import { unitIn } from "./read-author.ts";
import { findRunningPrograms } from "./running-programs.ts";
import { readProc } from "./read-proc.ts";

/** Finds the systemd units in which programs of these names run. */
export function findRunningUnits(programs: readonly string[]): readonly string[] {
  const units = findRunningPrograms(programs).flatMap(({ pid }) => {
    const unit = unitIn(readProc(pid, "cgroup") ?? "");
    return unit === undefined ? [] : [unit];
  });
  return [...new Set(units)];
}

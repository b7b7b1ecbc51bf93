/** Reads from systemd's files whether a unit is installed and enabled. systemd need not run. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export type UnitState = "enabled" | "installed" | "absent";

const FOLDERS = ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system"];
const SHIPPED = ["/usr/lib/systemd/system", "/lib/systemd/system"];

export function unitState(unit: string): UnitState {
  if (FOLDERS.some((folder) => isWanted(folder, unit))) return "enabled";
  const there = [...FOLDERS, ...SHIPPED].some((folder) => existsSync(join(folder, unit)));
  return there ? "installed" : "absent";
}

function isWanted(folder: string, unit: string): boolean {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".wants") || name.endsWith(".requires"))
      .some((name) => readdirSync(join(folder, name)).includes(unit));
  } catch {
    // A missing folder enables no unit.
    return false;
  }
}

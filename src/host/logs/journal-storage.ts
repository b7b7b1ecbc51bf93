/**
 * Checks whether the journal stores what it receives, by the files that journald has open: with `Storage=none` it opens
 * none. Does not detect whether an old journal is merely idle.
 */
import { codeOf } from "../../domain/thrown-error.ts";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Program name of journald for `findRunningPrograms`. */
export const JOURNALD = "systemd-journald";

/** Checks the journald processes of this host. undefined: none is visible, or they may not be read (CAP_SYS_PTRACE). */
export function journalStores(pids: readonly number[]): boolean | undefined {
  let seen: boolean | undefined;
  for (const pid of pids) {
    const writes = writesJournal(pid);
    if (writes === true) return true;
    seen ??= writes;
  }
  return seen;
}

function writesJournal(pid: number): boolean | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((descriptor) => isOpenJournal(pid, descriptor));
  } catch {
    // The process ended, or belongs to another user.
    return undefined;
  }
}

/** Returns whether the descriptor is a journal file. Throws when access is denied. */
function isOpenJournal(pid: number, descriptor: string): boolean {
  let target: string;
  try {
    target = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch (error) {
    // The descriptor was closed in the meantime.
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
  if (!target.endsWith(".journal")) return false;
  const info = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, "utf8");
  const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
}

/**
 * Whether the journal keeps what it receives, told from the files that journald has open: with `Storage=none` it opens
 * none. An old journal that is merely quiet looks the same from outside.
 */
import { codeOf } from "../../domain/thrown-error.ts";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** As `findRunningPrograms` takes it. */
export const JOURNALD = "systemd-journald";

/** Of the journald processes of this host. undefined: none is seen, or they may not be looked into (CAP_SYS_PTRACE). */
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
    // Ended, or another account's.
    return undefined;
  }
}

/** Throws when it may not be read. */
function isOpenJournal(pid: number, descriptor: string): boolean {
  let target: string;
  try {
    target = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch (error) {
    // Closed meanwhile.
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
  if (!target.endsWith(".journal")) return false;
  const info = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, "utf8");
  const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
}

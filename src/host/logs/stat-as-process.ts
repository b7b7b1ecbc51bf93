/** Reads the status of a file as another process sees it. Its mount namespace may have another file at the path. */
import { statSync } from "node:fs";
import { type Instant, instant } from "../../domain/instant.ts";

export interface FileStat {
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  readonly changedAt: Instant;
  readonly bornAt: Instant;
}

/** Returns undefined if the file is missing there, or access is denied. `pid`: "self" for this process. */
export function statAsProcess(pid: number | "self", path: string): FileStat | undefined {
  try {
    const stats = statSync(pid === "self" ? path : `/proc/${pid}/root${path}`, { bigint: true });
    if (!stats.isFile()) return undefined;
    return {
      device: `${stats.dev}`,
      inode: `${stats.ino}`,
      size: Number(stats.size),
      changedAt: instant(Number(stats.mtimeMs)),
      bornAt: instant(Number(stats.birthtimeMs)),
    };
  } catch {
    // The file is missing, the process ended in the meantime, or access is denied (CAP_SYS_PTRACE).
    return undefined;
  }
}

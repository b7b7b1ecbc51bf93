/** A file as another process sees it: the same path may be another file in its mount namespace. */
import { statSync } from "node:fs";
import { type Instant, instant } from "../../domain/instant.ts";

export interface FileStat {
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  readonly changedAt: Instant;
  readonly bornAt: Instant;
}

/** `pid`: "self" for this process. undefined: the file is missing there, or may not be read. */
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
    // Missing, ended meanwhile, or access denied (CAP_SYS_PTRACE).
    return undefined;
  }
}

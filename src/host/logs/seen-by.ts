/** A file as another process sees it: the same path may be another file in its mount namespace. */
import { statSync } from "node:fs";
import { type Instant, instant } from "../../domain/instant.ts";

export interface SeenFile {
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  readonly changedAt: Instant;
  readonly bornAt: Instant;
}

/** `pid`: "self" for ourselves. undefined: no such file there, or it may not be looked at. */
export function seenBy(pid: number | "self", path: string): SeenFile | undefined {
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
    // Not there, ended meanwhile, or not ours to look at (CAP_SYS_PTRACE).
    return undefined;
  }
}

/** Reads files of a process under /proc. */
import { readFileSync } from "node:fs";

/** Returns undefined if the process has ended, or this one has no permission. */
export function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/** Reads files of a process under /proc. */
import { readFileSync } from "node:fs";

/** undefined: the process has ended, or this one may not read it. */
export function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

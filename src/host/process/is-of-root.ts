/** Tells processes of root from those that any account can start. */
import { readProc } from "./read-proc.ts";

/**
 * Returns whether root of this user namespace started the process. Root of a namespace that another account made, and a
 * set-user-ID program that another account started, are not.
 */
export function isOfRoot(pid: number): boolean {
  return /^Uid:\t0\t0\t/m.test(readProc(pid, "status") ?? "");
}

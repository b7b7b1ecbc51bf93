/**
 * Names this process in ps, top, nft and the kernel's messages, where Node would be called "node-MainThread". Its
 * arguments stay as they are.
 */
import { writeFileSync } from "node:fs";

/** At most 15 characters count: proc_pid_comm(5). */
export function nameProcess(name: string): void {
  try {
    writeFileSync("/proc/self/comm", name);
  } catch {
    // No /proc, or one that may not be written: the name is a courtesy.
  }
}

/**
 * Sets the name of this process in ps, top, nft and kernel messages, where Node is called "node-MainThread". Leaves its
 * arguments unchanged.
 */
import { writeFileSync } from "node:fs";

/** Sets the name. The kernel keeps 15 characters: proc_pid_comm(5). */
export function nameProcess(name: string): void {
  try {
    writeFileSync("/proc/self/comm", name);
  } catch {
    // /proc is missing or read-only. The name is only a convenience.
  }
}

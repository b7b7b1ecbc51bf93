/**
 * Kills (SIGKILL) each child process that lives longer than a limit, with a message. node:test ends a hanging file with
 * SIGTERM, which a process in an endless loop does not handle.
 */
import { readFileSync } from "node:fs";

const LOOK_EVERY_MS = 1000;

/** Watches the children of a process; returns a function that stops the watch. */
export function killStuckChildren(parent: number, boundSeconds: number): () => void {
  const firstSeen = new Map<number, number>();
  const timer = setInterval(() => {
    const now = performance.now();
    const children = childrenOf(parent);
    for (const pid of firstSeen.keys()) if (!children.includes(pid)) firstSeen.delete(pid);
    for (const pid of children) {
      const since = firstSeen.get(pid) ?? now;
      firstSeen.set(pid, since);
      if (now - since < boundSeconds * 1000) continue;
      console.error(`killing what did not end within ${boundSeconds} s: ${commandOf(pid)}`);
      process.kill(pid, "SIGKILL");
    }
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function commandOf(pid: number): string {
  const argv = read(`/proc/${pid}/cmdline`).split("\0");
  return argv.filter((argument) => argument.endsWith(".ts")).join(" ") || `process ${pid}`;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process has ended.
    return "";
  }
}

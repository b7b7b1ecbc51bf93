/**
 * The name of a program as people know it: the kernel's, but of a program that Node runs its script's, for Node calls
 * every one of them "node-MainThread".
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const NODE_THREAD = "node-MainThread";
/** Options before the script that take the next word. */
const WITH_VALUE: ReadonlySet<string> = new Set(["-r", "--require", "--import", "-C"]);

/** At most 15 characters, unless it is a script's. undefined: it has ended, or may not be looked at. */
export function programName(pid: number): string | undefined {
  const command = read(pid, "comm")?.trimEnd();
  if (command !== NODE_THREAD) return command;
  return scriptIn(read(pid, "cmdline")?.split("\0") ?? []) ?? command;
}

function scriptIn([, ...words]: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (WITH_VALUE.has(word)) at++;
    else if (word !== "" && !word.startsWith("-")) return basename(word);
  }
  return undefined;
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // Ended meanwhile, or not ours to see: either way not there.
    return undefined;
  }
}

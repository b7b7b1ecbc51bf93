/**
 * Returns the name of a process as users know it. This is the kernel's name, or the script that Node runs, because the
 * kernel calls every Node program "node-MainThread".
 */
import { basename } from "node:path";
import { readProc } from "./read-proc.ts";

const NODE_THREAD = "node-MainThread";
/** Options before the script that take a value as the next word. */
const WITH_VALUE: ReadonlySet<string> = new Set(["-r", "--require", "--import", "-C"]);

/** Returns at most 15 characters, except for a script. undefined: the process has ended, or may not be read. */
export function programName(pid: number): string | undefined {
  const command = readProc(pid, "comm")?.trimEnd();
  if (command !== NODE_THREAD) return command;
  return scriptIn(readProc(pid, "cmdline")?.split("\0") ?? []) ?? command;
}

function scriptIn([, ...words]: readonly string[]): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (WITH_VALUE.has(word)) at++;
    else if (word !== "" && !word.startsWith("-")) return basename(word);
  }
  return undefined;
}

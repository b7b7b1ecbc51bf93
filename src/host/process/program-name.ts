/**
 * The name of a program as people know it: the kernel's, but of a program that Node runs its script's, for Node calls
 * every one of them "node-MainThread".
 */
import { basename } from "node:path";
import { readProc } from "./read-proc.ts";

const NODE_THREAD = "node-MainThread";
/** Options before the script that take the next word. */
const WITH_VALUE: ReadonlySet<string> = new Set(["-r", "--require", "--import", "-C"]);

/** At most 15 characters, unless it is a script's. undefined: it has ended, or may not be looked at. */
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

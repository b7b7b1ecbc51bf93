/** Creates a folder and those above it that are missing, each with `mode`. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Creates one folder after the other. mkdir's `recursive` never returns if the kernel answers ENOENT, as in /proc. */
export function makeFolder(path: string, mode: number): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path), mode);
  mkdirSync(path, { mode });
}

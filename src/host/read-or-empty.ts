/** Reads files and folders that may be missing, or closed to this process. They then count as empty. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

export function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Returns the target of a link; undefined: it is no link, or does not exist. */
export function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Finds the file of a program. Searches only the system folders: PATH belongs to the user who started the daemon. */
import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Returns the absolute path of an executable file, or undefined. An absolute name is only checked. */
export function findProgram(name: string): string | undefined {
  if (isAbsolute(name)) return isExecutable(name) ? name : undefined;
  if (name === "" || name.includes("/")) return undefined;
  return FOLDERS.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // The file is missing, not executable for this user, or not a regular file.
    return false;
  }
}

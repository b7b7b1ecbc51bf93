/** Identifies the file or folder at a path, whatever its name. */
import { statSync } from "node:fs";

/** Returns undefined if the file is missing, or this process has no permission to read its status. */
export function fileIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

/** Identifies the file or folder at a path, whatever its name. */
import { statSync } from "node:fs";

/** undefined: it is missing, or may not be looked at. */
export function fileIdentity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

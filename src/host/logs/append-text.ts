/**
 * Appends text to a file atomically: readers see the old or the new content, also after a power failure. Creates a
 * missing file and folder; `undo` restores the old content and mode.
 */
import { reasonOf } from "../explain-system-error.ts";
import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

export interface Appended {
  undo(): void;
}

export type AppendOutcome =
  | { readonly ok: true; readonly value: Appended }
  | { readonly ok: false; readonly error: string; readonly present: boolean };

export function appendText(
  path: string,
  { head, text }: { readonly head: string; readonly text: string },
): AppendOutcome {
  const present = existsSync(path);
  try {
    const before = present ? readFileSync(path, "utf8") : undefined;
    makeFolder(dirname(path));
    const start = before === undefined ? head : before.replace(/\n*$/, "\n");
    replaceFile(path, `${start}\n${text}`);
    const undo = (): void => {
      if (before === undefined) rmSync(path, { force: true });
      else replaceFile(path, before);
    };
    return { ok: true, value: { undo } };
  } catch (error) {
    return { ok: false, error: reasonOf(error), present };
  }
}

/** Not `recursive`: that loops forever when the kernel reports a missing folder for one that cannot be created. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
  // Ignores the umask of the service: other programs read this file.
  chmodSync(path, 0o755);
}

function replaceFile(path: string, text: string): void {
  const mode = existsSync(path) ? statSync(path).mode & 0o777 : 0o644;
  // A name that no program reads as configuration.
  const temporary = join(dirname(path), `.new-${process.pid}`);
  try {
    const file = openSync(temporary, "wx", mode);
    try {
      fchmodSync(file, mode);
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Adds text to a file as one step: whoever reads it sees it as it was or as it is to be, also after a power cut. The file
 * and its folder are made when they are missing; what was there, with its mode, comes back by `undo`.
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

/** Not `recursive`: that never ends where the kernel says "no such folder" of a folder that can only not be made. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
  // Whatever the umask, which is that of a service: others read what is written here.
  chmodSync(path, 0o755);
}

function replaceFile(path: string, text: string): void {
  const mode = existsSync(path) ? statSync(path).mode & 0o777 : 0o644;
  // Not named like the file, so that nobody reads it for one.
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

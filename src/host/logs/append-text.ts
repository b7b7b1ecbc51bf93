/** Appends text to a file atomically. Creates a missing file and folder; `undo` restores the old content and mode. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { reasonOf } from "../explain-system-error.ts";
import { replaceFile } from "../replace-file.ts";

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

/** Writes files of conf.d and reloads the daemon. If the daemon refuses them, every file is restored. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { CodedError } from "../../../domain/errors.ts";
import { explainSystemError, reasonOf } from "../../../host/explain-system-error.ts";
import { refuseLink, replaceFile } from "../../../host/replace-file.ts";

export type AppliedBy = "reload" | "next-start";

/**
 * Writes files; undefined text removes a file. `reload` throws a CodedError: "not-running" if no daemon answers,
 * "reload-pending" if it has not ended in time.
 */
export async function applyFiles(
  files: ReadonlyMap<string, string | undefined>,
  reload: () => Promise<unknown>,
): Promise<AppliedBy> {
  const before = new Map([...files.keys()].map((path) => [path, readIfPresent(path)]));
  const undo = (): void => writeAll(before);
  try {
    writeAll(files);
  } catch (error) {
    undo();
    const [path = ""] = files.keys();
    const isPermission = explainSystemError(error)?.isPermission === true;
    const who = "; run it as root, as with sudo, or as the user whose configuration it is";
    throw new CodedError("config-not-written", `${path} cannot be written: ${reasonOf(error)}`, {
      hint: `nothing was changed${isPermission ? who : ""}`,
      cause: error,
    });
  }
  try {
    await reload();
    return "reload";
  } catch (error) {
    const code = error instanceof CodedError ? error.code : undefined;
    if (code === "not-running") return "next-start";
    // The daemon still reads the files.
    if (code !== "reload-pending") undo();
    throw error;
  }
}

export function readIfPresent(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function writeAll(files: ReadonlyMap<string, string | undefined>): void {
  for (const [path, text] of files) {
    if (readIfPresent(path) === text) continue;
    if (text === undefined) {
      refuseLink(path);
      rmSync(path);
    } else replaceFile(path, text);
  }
}

/** Finds the first name on a path that denies access to a file, and its owner. */
import { codeOf } from "../../domain/thrown-error.ts";
import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { groupName, userName } from "../process/accounts.ts";

export interface DeniedPath {
  /** The file, or a folder on the way to it. */
  readonly path: string;
  readonly kind: "file" | "folder";
  /** Permissions in octal: "0640". */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  /** Whether the file's group has the permission that this process lacks. */
  readonly groupMay: boolean;
  /** The user and groups of this process. */
  readonly user: string;
}

/** Returns undefined when nothing denies access any more. */
export function findDenied(file: string): DeniedPath | undefined {
  const folders: string[] = [];
  for (let folder = dirname(file); folder !== "/"; folder = dirname(folder))
    folders.unshift(folder);
  const folder = folders.find((one) => !may(one, constants.X_OK));
  if (folder !== undefined) return describe(folder, "folder");
  return may(file, constants.R_OK) ? undefined : describe(file, "file");
}

function may(path: string, what: number): boolean {
  try {
    accessSync(path, what);
    return true;
  } catch (error) {
    // A missing file denies no access.
    return codeOf(error) === "ENOENT";
  }
}

function describe(path: string, kind: DeniedPath["kind"]): DeniedPath | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const needed = kind === "file" ? 0o040 : 0o010;
  const uid = process.geteuid?.() ?? 0;
  return {
    path,
    kind,
    mode: (stats.mode & 0o7777).toString(8).padStart(4, "0"),
    owner: userName(stats.uid) ?? String(stats.uid),
    group: groupName(stats.gid) ?? String(stats.gid),
    groupMay: stats.gid !== 0 && (stats.mode & needed) !== 0,
    user: userName(uid) ?? String(uid),
  };
}

/** Decides whether a log belongs to one filter as a whole, as for a jail that reads it. */
import { resolve } from "node:path";
import { isSharedLog } from "../host/logs/shared-log.ts";
import { matchesPath } from "../source/file/match-glob.ts";

export interface FilterLogs {
  /** Whether the filter is an administrator's, whose jail names the log. */
  readonly own: boolean;
  /** The logs that the filter names. */
  readonly files: readonly string[];
}

export function ownsLog({ own, files }: FilterLogs, path: string): boolean {
  if (isSharedLog(path)) return false;
  return own || files.some((file) => matchesPath(resolve(path), file));
}

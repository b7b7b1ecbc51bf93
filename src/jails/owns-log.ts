/** Decides whether a log belongs to one filter as a whole, as for a jail that reads it. */
import { resolve } from "node:path";
import type { SourceSetting } from "../config/kinds/source-setting.ts";
import { isSharedLog } from "../host/logs/shared-log.ts";
import { matchesPath } from "../source/file/match-glob.ts";

export interface FilterLogs {
  /** Whether the filter is an administrator's, whose jail names the log. */
  readonly own: boolean;
  /** The logs that the filter names, and those that jails name for it alone. */
  readonly files: readonly string[];
}

/** The part of a jail's settings that names its logs. */
interface JailLogs {
  readonly filter: string;
  readonly source: SourceSetting;
}

/** Returns the logs that jails name for this filter and not for another one. The daemon reads these as the filter's. */
export function namedLogs(filter: string, jails: readonly JailLogs[]): readonly string[] {
  const [named, others] = [true, false].map((isOurs) =>
    jails.flatMap((one) =>
      (one.filter === filter) === isOurs && one.source.kind === "file" ? one.source.files : [],
    ),
  );
  return named?.filter((file) => others?.includes(file) !== true) ?? [];
}

export function ownsLog({ own, files }: FilterLogs, path: string): boolean {
  if (isSharedLog(path)) return false;
  return own || files.some((file) => matchesPath(resolve(path), file));
}

/** Finds and opens the file at the path of a log. */
import { type BigIntStats, statSync } from "node:fs";
import { failedToOpen, type FollowerState } from "./follower-state.ts";
import { LogFile } from "./log-file.ts";

interface AtPath {
  /** undefined: no log file is at the path. */
  readonly stats: BigIntStats | undefined;
  /** What happened to another file that was at the path. */
  readonly how: string;
  /** undefined: a log file is at the path, or nothing. */
  readonly failure?: FollowerState;
}

export function findAtPath(path: string): AtPath {
  let stats: BigIntStats | undefined;
  try {
    stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    return { stats, how: "its path cannot be read", failure: failedToOpen(error) };
  }
  if (stats?.isFile() === true) return { stats, how: "another file replaced it" };
  const how = "its path no longer exists";
  if (stats === undefined) return { stats, how };
  const reason = "not a regular file: set a log file";
  return { stats: undefined, how, failure: { state: "failed", reason } };
}

export function openAtPath(path: string): LogFile | FollowerState {
  try {
    return new LogFile(path);
  } catch (error) {
    return failedToOpen(error);
  }
}

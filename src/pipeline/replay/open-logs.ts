/** Prepares logs on the command line for merging by time. */
import type { LogToMerge } from "./merge-logs.ts";
import { findLogStart, routeLog, type RouteOptions } from "./route-log.ts";

export interface ReplayProgress {
  /** Index of the log that was read, and how far. */
  readonly log: number;
  readonly bytes: number;
  readonly total: number | undefined;
}

/** `paths`: "-" is standard input. Throws an UnreadableLogError. */
export async function openLogs(
  paths: readonly string[],
  routing: RouteOptions,
  onProgress?: (progress: ReplayProgress) => void,
): Promise<readonly LogToMerge[]> {
  const logs: LogToMerge[] = [];
  for (const [log, path] of paths.entries())
    logs.push({
      from: paths.length === 1 ? Number.NEGATIVE_INFINITY : await findLogStart(path, routing),
      open: () =>
        routeLog(path, routing, ({ bytes, total }) => onProgress?.({ log, bytes, total })),
    });
  return logs;
}

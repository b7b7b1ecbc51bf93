/** Prepares logs on the command line for merging by time. */
import { CodedError } from "../../domain/errors.ts";
import type { LogToMerge } from "./merge-logs.ts";
import { findLogStart, routeLog, type RouteOptions, splitByRecords } from "./route-log.ts";

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
  const readings = splitByRecords(routing);
  if (paths.includes("-")) refuseSecondReading(readings);
  const isOne = paths.length * readings.length === 1;
  const logs: LogToMerge[] = [];
  for (const [log, path] of paths.entries())
    for (const reading of readings)
      logs.push({
        from: isOne ? Number.NEGATIVE_INFINITY : await findLogStart(path, reading),
        open: () =>
          routeLog(path, reading, ({ bytes, total }) => onProgress?.({ log, bytes, total })),
      });
  return logs;
}

function refuseSecondReading([one, other]: readonly RouteOptions[]): void {
  if (other === undefined) return;
  const [first, second] = [one, other].map((reading) => reading?.filters[0]?.filter.name);
  throw new CodedError(
    "usage",
    `filters ${first} and ${second} cannot read standard input together: their records begin differently`,
    { hint: "write the log to a file, or replay it with one of them at a time" },
  );
}

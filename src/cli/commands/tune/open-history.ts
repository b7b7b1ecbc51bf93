/** Opens the logs that `bailiff tune` reads: those on the command line, else the jail's own. */
import type { ContainersConfig } from "../../../config/config.ts";
import { CodedError } from "../../../domain/errors.ts";
import type { Instant } from "../../../domain/instant.ts";
import { systemClock } from "../../../host/system-clock.ts";
import { localOffset } from "../../../host/time-zone.ts";
import type { CompiledJail } from "../../../jails/compile-jails.ts";
import { isOwn } from "../../../jails/load-filters.ts";
import { namedLogs, ownsLog } from "../../../jails/owns-log.ts";
import { type LogToMerge, openLogs, routeBatches } from "../../../pipeline/replay.ts";
import { describeLooked } from "../../../pipeline/sources/describe-search.ts";
import {
  describeSource,
  findPastLines,
  readPastLines,
} from "../../../pipeline/sources/past-lines.ts";
import { acceptsOf, recordStartOf } from "../../../pipeline/sources/source-plan.ts";
import { createProgressBar } from "../progress-bar.ts";

export interface HistoryToOpen {
  readonly logs: readonly string[];
  readonly containers: ContainersConfig;
  readonly since: Instant;
  readonly signal: AbortSignal;
}

export interface OpenedHistory {
  /** For display. */
  readonly where: string;
  /** Parts of the log that were too large or damaged. Complete after the reading. */
  readonly leftOut: readonly string[];
  /** Throws an UnreadableLogError. */
  readonly read: () => Promise<readonly LogToMerge[]>;
}

/** Throws a CodedError if the jail has no log to read. */
export async function openHistory(
  compiled: CompiledJail,
  { logs, containers, since, signal }: HistoryToOpen,
): Promise<OpenedHistory> {
  const { jail, definition } = compiled;
  const routing = { clock: systemClock, localOffset, signal };
  const { filter } = jail;
  if (logs.length > 0) {
    const own = isOwn(definition);
    const files = [...definition.files, ...namedLogs(definition.name, [jail.config])];
    const owned = logs.every((path) => ownsLog({ own, files }, path));
    const filters = [{ filter, accepts: undefined, owns: owned ? () => true : undefined }];
    const bars = logs.map((path) => createProgressBar(path));
    const read = () => openLogs(logs, { ...routing, filters }, ({ log, ...at }) => bars[log]?.(at));
    return { where: logs.join(", "), leftOut: [], read };
  }
  const found = await findPastLines(compiled, containers, systemClock);
  const hint = `specify logs: bailiff tune ${jail.name} LOG…`;
  if ("looked" in found) {
    const { looked } = found;
    const places = looked.length === 0 ? "" : `; looked for: ${describeLooked(looked)}`;
    throw new CodedError("no-input", `jail ${jail.name} has no log to read${places}`, { hint });
  }
  const { source } = found;
  const where = describeSource(source);
  const leftOut: string[] = [];
  const start = recordStartOf({ jail, source });
  const onLeftOut = (what: string): unknown => leftOut.push(what);
  const batches = readPastLines(source, { since, signal, start, onLeftOut });
  if (batches === undefined)
    throw new CodedError("no-input", `${where} keeps no past lines`, { hint });
  const filters = [{ filter, accepts: acceptsOf(source) }];
  const open = () => routeBatches(batches, systemClock.now(), { ...routing, filters });
  return { where, leftOut, read: async () => [{ from: Number.NEGATIVE_INFINITY, open }] };
}

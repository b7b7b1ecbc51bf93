/**
 * The past of log files: each with what rotation left of it, from `since` on, oldest file first, read once. Bounded by
 * bytes: when there is more, the oldest files are left out, since the last days say most. Says what it left out.
 */
import { statSync } from "node:fs";
import type { Instant } from "../domain/instant.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import { readOnce } from "./read-once.ts";
import { rotatedSiblings } from "./rotated-siblings.ts";

export interface LogHistoryOptions {
  readonly files: readonly string[];
  readonly since: Instant;
  /** About how much text is read at most. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Told what was left out and why. */
  readonly onLeftOut: (what: string) => void;
}

/** What gzip makes of a log, about. */
const PACKED_TO = 12;

interface Part {
  readonly path: string;
  readonly bytes: number;
  readonly changed: number;
}

export async function* readLogHistory(options: LogHistoryOptions): AsyncIterable<LineBatch> {
  for (const { path } of chooseParts(options)) {
    if (options.signal.aborted) return;
    try {
      yield* readOnce({ path, signal: options.signal });
    } catch (error) {
      // Of a damaged archive, what came before the damage was read.
      options.onLeftOut(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Whether a log is there, or was before it was rotated. */
export function hasLogHistory(path: string): boolean {
  return partsOf(path).some(({ bytes }) => bytes > 0);
}

function chooseParts({ files, since, maxBytes, onLeftOut }: LogHistoryOptions): readonly Part[] {
  const parts = files
    .flatMap(partsOf)
    .filter(({ changed, bytes }) => changed >= since && bytes > 0)
    .sort((a, b) => a.changed - b.changed);
  let total = 0;
  const chosen = parts.toReversed().filter(({ bytes }, i) => {
    total += bytes;
    return i === 0 || total <= maxBytes;
  });
  const left = parts.length - chosen.length;
  if (left > 0) onLeftOut(`${left} older of ${parts.length} files: too much text`);
  return chosen.reverse();
}

function partsOf(path: string): readonly Part[] {
  const old = rotatedSiblings(path).map(
    (sibling): Part => ({
      path: sibling.path,
      bytes: sibling.size * (sibling.packed ? PACKED_TO : 1),
      changed: Number(sibling.changed / 1_000_000n),
    }),
  );
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return old;
  return [...old, { path, bytes: stats.size, changed: stats.mtimeMs }];
}

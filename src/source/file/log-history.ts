/**
 * Reads the history of log files once: each with its rotated files since `since`, oldest first, to the end or up to
 * where a reader resumes. Bounded by bytes: when there is more, the oldest files are left out, because the last days
 * matter most. Reports what it left out.
 */
import { reasonOf } from "../../host/explain-system-error.ts";
import { statsAt } from "../../host/read-or-empty.ts";
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import { type FileIdentity, sameFile } from "./file-cursor.ts";
import type { LogFile } from "./log-file.ts";
import { readOnce } from "./read-once.ts";
import { describeUnreadable, rotatedSiblings } from "./rotated-siblings.ts";

export interface LogHistoryOptions {
  readonly files: readonly string[];
  readonly since: Instant;
  /** Approximate maximum of text read, and of that of a single archive. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Called with what was left out and why. */
  readonly onLeftOut: (what: string) => void;
  /**
   * For a reader that resumes: how far each path was read; unknown paths are read to their ends. Incomplete lines are
   * left to that reader.
   */
  readonly positions?: ReadonlyMap<string, ReachedFile>;
  /** Joins lines to records that begin so. */
  readonly start?: RecordStart | undefined;
}

/** An open file, and the offset up to which it was read. */
export interface ReachedFile {
  readonly file: LogFile;
  readonly offset: number;
}

/** Approximate compression ratio of a log. */
const PACKED_TO = 12;

interface Part extends FileIdentity {
  readonly path: string;
  readonly bytes: number;
  readonly changed: number;
  readonly packed: boolean;
}

export async function* readLogHistory(options: LogHistoryOptions): AsyncIterable<LineBatch> {
  const { signal, positions, start } = options;
  for (const { path, bytes, packed } of chooseParts(options)) {
    if (signal.aborted) return;
    try {
      const end = positions === undefined || packed ? undefined : bytes;
      // The size of an archive's text was an estimate.
      const onReached = (): void => options.onLeftOut(`the end of ${path}: too much text`);
      const textLimit = packed ? { bytes: options.maxBytes, onReached } : undefined;
      yield* readOnce({ path, signal, end, start, textLimit });
    } catch (error) {
      // The text before the damage in an archive was read; only the rest is missing.
      options.onLeftOut(`${path}: ${reasonOf(error)}`);
    }
  }
}

/** Returns whether a log exists, or existed before it was rotated. */
export function hasLogHistory(path: string): boolean {
  return partsOf(path).some(({ bytes }) => bytes > 0);
}

function chooseParts(options: LogHistoryOptions): readonly Part[] {
  const { files, since, maxBytes, onLeftOut, positions } = options;
  const parts = files
    .flatMap((path) => upTo(positions?.get(path), partsOf(path)))
    .filter(({ changed, bytes }) => changed >= since && bytes > 0)
    .sort((a, b) => a.changed - b.changed);
  for (const path of files) {
    const unreadable = describeUnreadable(path, since);
    if (unreadable !== undefined) onLeftOut(unreadable);
  }
  let total = 0;
  const chosen = parts.toReversed().filter(({ bytes }, i) => {
    total += bytes;
    return i === 0 || total <= maxBytes;
  });
  const left = parts.length - chosen.length;
  if (left > 0) onLeftOut(`${left} older of ${parts.length} files: too much text`);
  return chosen.reverse();
}

/** Ends the parts where a reader resumes. Uses the handle, because the path may lead to another file by now. */
function upTo(reached: ReachedFile | undefined, parts: readonly Part[]): readonly Part[] {
  if (reached === undefined) return parts;
  const { file, offset } = reached;
  const i = parts.findIndex((part) => sameFile(part, file.identity));
  // Removed since it was opened: the age of the others is unknown.
  const older = i < 0 ? [] : parts.slice(0, i);
  const changed = parts[i]?.changed ?? Number.POSITIVE_INFINITY;
  const { identity, handle: path } = file;
  return [...older, { path, ...identity, bytes: offset, changed, packed: false }];
}

function partsOf(path: string): readonly Part[] {
  const old = rotatedSiblings(path).map(
    (sibling): Part => ({
      ...sibling,
      bytes: sibling.size * (sibling.packed ? PACKED_TO : 1),
      changed: Number(sibling.changed / 1_000_000n),
    }),
  );
  const stats = statsAt(path);
  if (stats?.isFile() !== true) return old;
  const identity = { device: `${stats.dev}`, inode: `${stats.ino}` };
  const bytes = Number(stats.size);
  return [...old, { path, ...identity, bytes, changed: Number(stats.mtimeMs), packed: false }];
}

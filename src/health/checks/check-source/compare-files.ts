/**
 * Compares log files with the reader's position in them: a complete line must not follow it for long. The reader waits
 * for kernel events; this comparison does not, so it notices when they fail.
 */
import { closeSync, constants, openSync, readSync } from "node:fs";
import type { AlarmClock } from "../../../domain/clock.ts";
import { instant } from "../../../domain/instant.ts";
import type { OpenLogFile, SourceStatus } from "../../../domain/line-source.ts";
import { type FileStat, statAsProcess } from "../../../host/logs/stat-as-process.ts";
import { ago, type Comparison } from "./comparison.ts";

/**
 * Time for which a line may stay unread. Where the kernel reports no changes (network file systems), the reader looks
 * twice a minute, as the checks do. The second look waits a little, since both may be due at the same moment.
 */
const GRACE_MS = 25_000;
const WAIT_MS = 5000;
const ASK_EVERY_MS = 250;
/** Number of bytes after the reader's position that are searched for the end of a line. */
const LOOK_BYTES = 65_536;

/** A line in the file that the reader has not read. */
interface Unread {
  readonly offset: number;
  readonly inode: string;
  /** Milliseconds of the monotonic clock. */
  readonly since: number;
}

export interface FileComparison {
  /** Compares the files. `status` returns the reader's present status; undefined: it has none. */
  compare(
    status: () => SourceStatus | undefined,
    signal: AbortSignal,
  ): Promise<Comparison | undefined>;
}

/** Creates the comparison for one reader. */
export function createFileComparison(clock: AlarmClock): FileComparison {
  /** Unread lines at the last look, by path. */
  let unread: ReadonlyMap<string, Unread> = new Map();

  function look(held: readonly OpenLogFile[]): ReadonlyMap<string, Unread> {
    const found = held.filter(hasUnread).map((file): [string, Unread] => {
      const { path, offset, inode } = file;
      const before = unread.get(path);
      const same = before?.offset === offset && before.inode === inode;
      return [path, same ? before : { offset, inode, since: clock.monotonic() }];
    });
    return new Map(found);
  }

  return {
    async compare(status, signal) {
      for (let waited = 0; ; waited += ASK_EVERY_MS) {
        const source = status();
        if (source === undefined) return undefined;
        unread = look(source.openFiles ?? []);
        const [oldest] = [...unread].toSorted(([, a], [, b]) => a.since - b.since);
        const at = clock.now();
        if (oldest === undefined) return { kind: "complete", at, evidence: "all lines read" };
        const age = clock.monotonic() - oldest[1].since;
        if (age >= GRACE_MS && waited < WAIT_MS && !signal.aborted) {
          await clock.sleep(ASK_EVERY_MS, signal, "loose");
          continue;
        }
        const seen = `first seen ${ago(instant(at - age), at)}`;
        const evidence = `${describe(oldest[0], oldest[1])} (${seen})`;
        return { kind: age >= GRACE_MS ? "stuck" : "catching-up", at, evidence };
      }
    },
  };
}

function describe(path: string, { offset }: Unread): string {
  const size = statAsProcess("self", path)?.size ?? offset;
  return size < offset
    ? `${path} was truncated, and what was written since was not read`
    : `lines of ${path} after byte ${offset} of ${size} were not read`;
}

function hasUnread({ path, inode, device, offset }: OpenLogFile): boolean {
  const there: FileStat | undefined = statAsProcess("self", path);
  // Another file at this path is reported by the place check.
  if (there?.inode !== inode || there.device !== device) return false;
  if (there.size <= offset) return there.size < offset && there.size > 0;
  return hasNewline(path, offset);
}

/** Reports whether a complete line follows; the reader leaves an incomplete one unread. */
function hasNewline(path: string, from: number): boolean {
  const buffer = Buffer.alloc(LOOK_BYTES);
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from)).includes(10);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The file was removed or is unreadable; the reader reports that.
    return false;
  }
}

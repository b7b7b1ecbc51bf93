/**
 * Compares log files with the reader's position in them: a complete line must not follow it for long. The reader waits
 * for kernel events; this comparison does not, so it notices when they fail. A row of CSV whose quote stays open holds
 * back the lines behind it.
 */
import { amount } from "../../../domain/amount.ts";
import type { AlarmClock } from "../../../domain/clock.ts";
import { instant } from "../../../domain/instant.ts";
import type { OpenLogFile, OpenRow, SourceStatus } from "../../../domain/line-source.ts";
import { type FileStat, statAsProcess } from "../../../host/logs/stat-as-process.ts";
import { ago } from "../../judge/time-ago.ts";
import { hasNewline } from "../../unread-lines.ts";
import type { Comparison } from "./comparison.ts";

/**
 * Time for which a line may stay unread. Where the kernel reports no changes (network file systems), the reader looks
 * twice a minute, as the checks do. The second look waits a little, since both may be due at the same moment.
 */
const GRACE_MS = 25_000;
const WAIT_MS = 5000;
const ASK_EVERY_MS = 250;

/** A line in the file that the reader has not delivered. */
interface Unread {
  readonly offset: number;
  readonly inode: string;
  /** The row that holds it back; undefined: the reader has not read it. */
  readonly row: OpenRow | undefined;
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
    const found = held.flatMap((file): readonly [string, Unread][] => {
      const { path, offset, inode } = file;
      const row = hasUnread(file) ? undefined : heldBy(file);
      if (row === undefined && !hasUnread(file)) return [];
      const before = unread.get(path);
      const isSame = before?.offset === offset && before.inode === inode;
      return [[path, { offset, inode, row, since: isSame ? before.since : clock.monotonic() }]];
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
        const mayBeRead = oldest[1].row === undefined && waited < WAIT_MS;
        if (age >= GRACE_MS && mayBeRead && !signal.aborted) {
          await clock.sleep(ASK_EVERY_MS, signal, "loose");
          continue;
        }
        const seen = `first seen ${ago(instant(at - age), at)}`;
        const evidence = `${describe(oldest[0], oldest[1])} (${seen})`;
        const kind = oldest[1].row === undefined ? "stuck" : "held";
        return { kind: age >= GRACE_MS ? kind : "catching-up", at, evidence };
      }
    },
  };
}

function describe(path: string, { offset, row }: Unread): string {
  if (row !== undefined)
    return `a quote in ${path} is open since the row at byte ${offset}: ${amount(row.lines, "line")} wait for its end`;
  const size = statAsProcess("self", path)?.size ?? offset;
  return size < offset
    ? `${path} was truncated, and what was written since was not read`
    : `lines of ${path} after byte ${offset} of ${size} were not read`;
}

/** Returns the open row of a file, if more than its first line waits for its end. */
function heldBy({ openRow }: OpenLogFile): OpenRow | undefined {
  return openRow !== undefined && openRow.lines > 1 ? openRow : undefined;
}

function hasUnread({ path, inode, device, offset, openRow }: OpenLogFile): boolean {
  const there: FileStat | undefined = statAsProcess("self", path);
  // Another file at this path is reported by the place check.
  if (there?.inode !== inode || there.device !== device) return false;
  if (there.size <= offset) return there.size < offset && there.size > 0;
  return hasNewline(path, offset + (openRow?.bytes ?? 0));
}

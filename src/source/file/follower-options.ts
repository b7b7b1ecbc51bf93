/** Defines the options of a follower, and what it returns. */
import type { Clock } from "../../domain/clock.ts";
import type { Duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Cursor, LineBatch, Rewritten } from "../../domain/line-batch.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { FileIdentity } from "./file-cursor.ts";
import type { LogFile } from "./log-file.ts";
import type { StartPosition } from "./moved-cursors.ts";
import type { Sibling } from "./rotated-siblings.ts";
import type { TakenLines } from "../take-lines.ts";

export interface FollowerOptions {
  readonly path: string;
  readonly resume: (key: string) => string | undefined;
  readonly maxBacklogBytes: number;
  /** A file created after this time has only live lines. */
  readonly startedAt: Instant;
  /** Lines from before this time are not searched for. */
  readonly since: Instant;
  readonly retireAfter: Duration;
  /** Whether the path existed when the source started, or appeared later. */
  readonly found: "at the start" | "later";
  /** Where to resume instead of at the position that was saved for the path. */
  readonly moved: StartPosition["moved"];
  /** Where to resume before that. */
  readonly replaced?: StartPosition["replaced"];
  /** Files that the other followers of the same source have open. */
  readonly others: () => readonly LogFile[];
  /** Returns another follower of the same source that has the file open. */
  readonly holderOf: (identity: FileIdentity) => FileHolder | undefined;
  /** Returns rotated files of all logs of this source: their lines were already read, or are too old. */
  readonly rotated: () => readonly Sibling[];
  /** Ends searches. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Set if lines are joined to records. */
  readonly start?: RecordStart | undefined;
  /** Called when a retired file has grown. */
  readonly onGrowth: () => void;
}

export interface FileHolder {
  readonly path: string;
  whichOpen(identity: FileIdentity): "current" | "retired" | undefined;
  /** Hands over a file that is no longer at the holder's path. */
  release(identity: FileIdentity): LogFile | undefined;
}

export interface FollowedLines extends Pick<LineBatch, "before" | "earlierParts"> {
  readonly taken: TakenLines;
  readonly arrival: LineBatch["arrival"];
  readonly cursor: Cursor;
  readonly rewritten: Rewritten | undefined;
  readonly content: LineBatch["content"];
}

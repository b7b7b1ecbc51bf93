/**
 * Implements the `LineSource` port for log files: reads any number of paths and patterns as one source. Wakes on kernel
 * events (plus a rare fallback poll). Reads in chunks of 256 KiB while catching up and 64 KiB when following, into one
 * buffer. Memory is that buffer and one batch, whatever the files contain.
 */
import type { Clock } from "../../domain/clock.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import type { LineSource, OpenLogFile, SourceStatus } from "../../domain/line-source.ts";
import { createAlarm, nextTurn } from "../../host/timers.ts";
import { type WakeUp, createWakeUp } from "../../host/wake-up.ts";
import type { Emit } from "../../telemetry/events.ts";
import { createDroppedNotes } from "../dropped-lines.ts";
import { expandPatterns } from "./expand-patterns.ts";
import { FileFollower } from "./file-follower.ts";
import type { FollowedLines, FollowerOptions } from "./follower-options.ts";
import type { LogFile } from "./log-file.ts";
import { findStartPositions, type StartPosition } from "./moved-cursors.ts";
import { type FolderChange, createFolderWatch } from "./folder-watch.ts";
import { siblingsOfEach } from "./rotated-siblings.ts";
import { type SourceTally, createSourceTally } from "../source-tally.ts";

const FOLLOW_BYTES = 65_536;
const CATCH_UP_BYTES = 262_144;
const MAX_BACKLOG_BYTES = 268_435_456;
/** Polls for changes without an event (network file systems). */
const POLL_MS = 30_000;
/** Poll interval when the kernel refuses a watch. */
const UNWATCHED_POLL_MS = 1000;

export interface FileSourceOptions {
  /** Absolute paths, with `*`, `?` and `[…]` in any part. */
  readonly patterns: readonly string[];
  /** How to display the files; default: the patterns. */
  readonly shownAs?: string | undefined;
  /** Joins lines to records that begin so; default: lines are read as they are. */
  readonly start?: RecordStart | undefined;
  /** The saved value of a cursor. */
  readonly resume: (key: string) => string | undefined;
  /** Keys at which positions were saved, also of paths that no longer exist. */
  readonly savedKeys?: () => readonly string[];
  /** If the file read last is gone, its successors are searched for lines from this time on. */
  readonly since?: Instant;
  /** Maximum number of bytes read from the end of each file without a cursor; default: 256 MiB. */
  readonly maxBacklogBytes?: number;
  /** How long a rotated file stays open after its last growth; default: 10 s. */
  readonly retireAfter?: Duration;
  readonly clock: Clock;
  readonly emit: Emit;
}

type ReadingOptions = Pick<FollowerOptions, "startedAt" | "signal">;

/** Creates the source. `batches` opens the files, and may be called once. */
export function openFileSource(options: FileSourceOptions): LineSource {
  const patterns = [...new Set(options.patterns)].sort();
  return new FileSource({ ...options, patterns });
}

class FileSource implements LineSource {
  readonly id: string;
  readonly #options: FileSourceOptions;
  readonly #where: string;
  readonly #tally: SourceTally;
  readonly #dropped = createDroppedNotes();
  readonly #followers = new Map<string, FileFollower>();
  readonly #wake: WakeUp = createWakeUp();
  readonly #folders = createFolderWatch((change, path) => this.#note(change, path));
  readonly #alarm = createAlarm(() => this.#note("names", undefined));
  /** Paths for which events were reported since the last check. */
  readonly #dirty = new Set<string>();
  /** Paths that may have lines, in turn: one busy log among thousands must not cost a check of each. */
  readonly #pending = new Set<FileFollower>();
  #namesChanged = true;
  /** How newly found paths are reported. */
  #found: "at the start" | "later" = "at the start";
  #trouble: string | undefined;
  #ended = false;
  #isOpen = false;

  constructor(options: FileSourceOptions) {
    this.#options = options;
    this.id = `file:${options.patterns.join(",")}`;
    this.#where = options.shownAs ?? options.patterns.join(", ");
    this.#tally = createSourceTally(this.#where, options.clock, options.emit);
  }

  async *batches(signal: AbortSignal): AsyncIterable<LineBatch> {
    const startedAt = this.#options.clock.now();
    let buffer = Buffer.allocUnsafeSlow(FOLLOW_BYTES);
    try {
      while (!signal.aborted) {
        await this.#refresh({ startedAt, signal });
        const lines = await this.#next(buffer);
        if (lines === "searching") {
          buffer = resize(buffer, CATCH_UP_BYTES);
          await nextTurn();
          continue;
        }
        if (lines === undefined) {
          buffer = resize(buffer, FOLLOW_BYTES);
          await this.#idle(signal);
          continue;
        }
        const { taken, ...rest } = lines;
        const { text, records } = taken;
        if (taken.bytes > FOLLOW_BYTES / 2) buffer = resize(buffer, CATCH_UP_BYTES);
        if (text !== "") this.#tally.count(taken);
        if (rest.arrival === "live") this.#dropped.scan(text, this.#options.clock.now());
        yield { text, records, fields: undefined, ...rest };
        // Yield, so that a log that is written faster than it is read does not starve the rest of the process.
        await nextTurn();
      }
    } catch (error) {
      // The signal ended a search, which is not a failure.
      if (!signal.aborted) throw error;
    } finally {
      this.#ended = true;
      this.#folders.close();
      for (const follower of this.#followers.values()) follower.close();
    }
  }

  status(): SourceStatus {
    const where = this.#where;
    const followers = [...this.#followers.values()];
    const openFiles = followers.flatMap(({ path, current: file }) =>
      file ? [{ path, ...file.identity, ...positionIn(file) }] : [],
    );
    const denied = followers.flatMap(({ path, state }) =>
      state.state !== "reading" && state.denied === true ? [path] : [],
    );
    const dropped = this.#dropped.list();
    const missing = followers.filter(({ state }) => state.state === "waiting");
    return {
      kind: "file",
      where,
      ...this.#state(),
      ...this.#tally.counts(),
      openFiles,
      missing: missing.map(({ path }) => path),
      denied,
      dropped,
    };
  }

  #state(): Pick<SourceStatus, "state" | "reason"> {
    if (this.#ended) return { state: "ended", reason: undefined };
    if (!this.#isOpen) return { state: "opening", reason: undefined };
    const followers = [...this.#followers.values()];
    const failed = followers.filter(({ state }) => state.state === "failed");
    if (failed.length > 0) return { state: "failed", reason: reasons(failed) };
    if (followers.some(({ state }) => state.state === "reading")) {
      return { state: "reading", reason: this.#trouble };
    }
    if (followers.length > 0) return { state: "waiting", reason: reasons(followers) };
    const none = this.#options.patterns.length === 0;
    return { state: "waiting", reason: none ? "no log is configured" : "no file matches yet" };
  }

  #note(change: FolderChange, path: string | undefined): void {
    if (change === "names" || path === undefined) this.#namesChanged = true;
    else this.#dirty.add(path);
    this.#wake.ring();
  }

  async #refresh(reading: ReadingOptions): Promise<void> {
    // What is noticed from here on waits for the next refresh.
    const known = [...this.#dirty].map((path) => this.#followers.get(path));
    this.#dirty.clear();
    if (this.#namesChanged) {
      this.#namesChanged = false;
      await this.#expand(reading);
    } else {
      // An event names the target, not the link that leads to it: check all paths.
      const isOneNameOfMore = known.some((follower) => follower?.isAlias ?? true);
      const all = isOneNameOfMore ? this.#followers.values() : known;
      for (const follower of all) await this.#lookAt(follower);
    }
    this.#isOpen = true;
  }

  async #lookAt(follower: FileFollower | undefined): Promise<void> {
    if (follower === undefined) return;
    await follower.refresh();
    this.#pending.add(follower);
  }

  async #expand(reading: ReadingOptions): Promise<void> {
    const expansion = expandPatterns(this.#options.patterns);
    // Watch before reading: a change in between is then noticed twice rather than missed.
    this.#folders.set(expansion.folders);
    this.#trouble = this.#folders.trouble();
    for (const follower of this.#followers.values()) await this.#lookAt(follower);
    const wanted = new Set(expansion.files);
    for (const [path, follower] of this.#followers) {
      if (!wanted.has(path) && follower.empty) this.#followers.delete(path);
    }
    // Of files that changed their paths among each other, each is released now.
    for (const follower of this.#followers.values())
      if (follower.isAlias) await this.#lookAt(follower);
    // Files that were read before come first: the others may be copies of them.
    const fresh = expansion.files.filter((path) => !this.#followers.has(path));
    for (const position of this.#positionsOf(fresh)) await this.#follow(position, reading);
    this.#found = "later";
  }

  #positionsOf(paths: readonly string[]): readonly StartPosition[] {
    const { resume, clock, savedKeys = () => [] } = this.#options;
    // Later, positions that were saved for other paths are those of their followers.
    const keys = this.#found === "later" ? () => [] : savedKeys;
    return findStartPositions(paths, { savedKeys: keys, resume, clock });
  }

  async #follow({ path, moved, replaced }: StartPosition, reading: ReadingOptions): Promise<void> {
    const { resume, start, clock, emit } = this.#options;
    const follower: FileFollower = new FileFollower({
      ...{ path, resume, start, clock, emit, moved, replaced },
      ...reading,
      found: this.#found,
      since: this.#options.since ?? instant(0),
      others: () => this.#openFiles(follower),
      holderOf: (identity) =>
        [...this.#followers.values()].find(
          (other) => other !== follower && other.whichOpen(identity) !== undefined,
        ),
      rotated: () => [...siblingsOfEach([...this.#followers.keys()]).values()].flat(),
      maxBacklogBytes: this.#options.maxBacklogBytes ?? MAX_BACKLOG_BYTES,
      retireAfter: this.#options.retireAfter ?? duration(10_000),
      onGrowth: () => {
        this.#pending.add(follower);
        this.#wake.ring();
      },
    });
    this.#followers.set(path, follower);
    await this.#lookAt(follower);
  }

  #openFiles(apart: FileFollower): readonly LogFile[] {
    return [...this.#followers.values()].flatMap((other) =>
      other === apart || other.current === undefined ? [] : [other.current],
    );
  }

  /** Returns the next lines. Files take turns, so that a long backlog of one does not delay the others. */
  async #next(buffer: Buffer): Promise<FollowedLines | "searching" | undefined> {
    for (const follower of this.#pending) {
      // Delete before reading, so that growth during the read adds it again.
      this.#pending.delete(follower);
      const lines = await follower.next(buffer);
      if (lines === undefined && !follower.isSearching) continue;
      this.#pending.add(follower);
      return lines ?? "searching";
    }
    return undefined;
  }

  async #idle(signal: AbortSignal): Promise<void> {
    const rare = this.#trouble === undefined ? POLL_MS : UNWATCHED_POLL_MS;
    const now = this.#options.clock.monotonic();
    const expiries = [...this.#followers.values()].map((f) => f.dueAt - now);
    this.#alarm.set(Math.max(10, Math.min(rare, ...expiries)));
    await this.#wake.wait(signal);
    this.#alarm.clear();
  }
}

function resize(buffer: Buffer<ArrayBuffer>, bytes: number): Buffer<ArrayBuffer> {
  return buffer.length === bytes ? buffer : Buffer.allocUnsafeSlow(bytes);
}

function reasons(followers: readonly FileFollower[]): string {
  return followers.map(({ path, state }) => `${path}: ${state.reason ?? state.state}`).join("; ");
}

function positionIn({
  size,
  offset,
  openRow,
}: LogFile): Pick<OpenLogFile, "size" | "offset" | "openRow"> {
  return { size, offset, openRow };
}

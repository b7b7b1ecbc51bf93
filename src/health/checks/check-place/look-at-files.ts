/**
 * Compares the files of file sources with those that the readers have open. It notices files that were replaced, that
 * differ for other processes, and who writes to them. Work beyond a few system calls is done only for quiet files. All
 * processes are searched only with a reason: the file was rotated, no process receives syslog lines, its writer ended,
 * or the last search found a problem or was long ago.
 */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { type Instant, instant } from "../../../domain/instant.ts";
import { QUIET_MS } from "../../judge/place-facts.ts";
import type { FileFacts, WriterFacts } from "../../judge/place-facts.ts";
import { type FileWriter, findFileWriters } from "../../../host/logs/file-writers.ts";
import { seesOtherFolder } from "../../../host/process/mount-view.ts";
import { commandOf, type RunningProgram } from "../../../host/process/running-programs.ts";
import { type FileStat, statAsProcess } from "../../../host/logs/stat-as-process.ts";
import { isRotatedName } from "../../../source/file/rotated-name.ts";
import { type Sibling, siblingsOfEach } from "../../../source/file/rotated-siblings.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { findOtherViews } from "./other-views.ts";

/** Interval of searches through all processes without another reason. */
const SEARCH_EVERY_MS = 600_000;

/** State of one path at the last look. */
interface LookedAtFile {
  there: FileStat | undefined;
  differsSince: Instant | undefined;
  writers: WriterFacts | undefined;
  rotated: FileFacts["rotated"];
  /** Whether another file took this path since the last search for writers. */
  isReplaced: boolean;
}

export class FileLook {
  readonly #files = new Map<string, LookedAtFile>();

  /** Updates the state of every file of these jails, with a few system calls each. */
  refresh(jails: readonly WatchedJail[], now: Instant): void {
    const paths = new Set<string>();
    for (const watched of jails) {
      const held = heldBy(watched);
      for (const path of pathsOf(watched)) {
        if (paths.has(path)) continue;
        paths.add(path);
        this.#refreshOne(path, held.get(path), now);
      }
    }
    for (const path of this.#files.keys()) if (!paths.has(path)) this.#files.delete(path);
  }

  #refreshOne(path: string, held: Held | undefined, now: Instant): void {
    const before = this.#files.get(path);
    const there = statAsProcess("self", path);
    const differs = there !== undefined && held !== undefined && !isSame(there, held);
    const same = isSame(before?.there, there);
    this.#files.set(path, {
      there,
      differsSince: differs ? (before?.differsSince ?? now) : undefined,
      writers: same ? before?.writers : undefined,
      rotated: undefined,
      isReplaced: before !== undefined && (before.isReplaced || !same),
    });
  }

  /** Reports whether some file of the jail has not grown for QUIET_MS. */
  isQuiet(watched: WatchedJail, now: Instant): boolean {
    return pathsOf(watched).some((path) => this.#isQuietFile(path, now));
  }

  #isQuietFile(path: string, now: Instant): boolean {
    const there = this.#files.get(path)?.there;
    return there === undefined || there.changedAt < now - QUIET_MS;
  }

  /** Searches all processes for writers of quiet files, if there is a reason; `withReason` names jails with one. */
  async findWriters(
    jails: readonly WatchedJail[],
    withReason: ReadonlySet<string>,
    now: Instant,
  ): Promise<void> {
    const quiet = [...this.#files.keys()].filter((path) => this.#isQuietFile(path, now));
    const siblings = siblingsOfEach(quiet);
    for (const [path, file] of this.#files) file.rotated = newestOf(siblings.get(path) ?? []);
    const due = jails.flatMap((watched) => {
      const hasReason = withReason.has(watched.live.jail.name);
      return pathsOf(watched).filter((path) => this.#isDue(path, hasReason, now));
    });
    if (due.length === 0) return;
    const { writers, complete } = await findFileWriters([...new Set(due)]);
    for (const path of due) {
      const file = this.#files.get(path);
      if (file === undefined) continue;
      const own = writers.filter((writer) => writer.path === path);
      const present = own.filter((writer) => isSame(file.there, writer));
      const old = own.filter(
        (writer) => !present.includes(writer) && isOld(writer, path) && isOurs(writer, path),
      );
      file.writers = { at: now, complete, present, old };
      file.isReplaced = false;
    }
  }

  /** Reports whether all processes must be searched for writers of this path. */
  #isDue(path: string, hasReason: boolean, now: Instant): boolean {
    const file = this.#files.get(path);
    if (file === undefined || !this.#isQuietFile(path, now)) return false;
    const { writers, isReplaced } = file;
    if (writers === undefined || hasReason || isReplaced || writers.old.length > 0) return true;
    if (writers.present.some(({ pid, program }) => commandOf(pid) !== program)) return true;
    return now - writers.at >= SEARCH_EVERY_MS;
  }

  factsOf(watched: WatchedJail, running: readonly RunningProgram[]): readonly FileFacts[] {
    const held = heldBy(watched);
    return pathsOf(watched).map((path) => {
      const file = this.#files.get(path);
      return {
        path,
        held: held.get(path),
        there: file?.there,
        differsSince: file?.differsSince,
        writers: file?.writers,
        rotated: file?.rotated,
        otherViews: findOtherViews(watched.live.definition.programs, running, path),
        isFull: isDiskFull(path),
      };
    });
  }
}

interface Held {
  readonly device: string;
  readonly inode: string;
}

/** Returns the files that the reader has open, and missing configured ones without wildcards. */
function pathsOf({ live, source }: WatchedJail): readonly string[] {
  const { source: setting } = live.search;
  if (setting?.kind !== "file") return [];
  const held = source?.openFiles?.map(({ path }) => path) ?? [];
  return [...new Set([...held, ...setting.files.filter((path) => !/[*?[]/.test(path))])];
}

/** Returns the files that the reader has open, by path. */
function heldBy({ source }: WatchedJail): ReadonlyMap<string, Held> {
  return new Map(source?.openFiles?.map((file) => [file.path, file]));
}

/** Reports whether a writer's file was at the path before: rotation renamed it, or it was deleted. */
function isOld({ target, deleted }: FileWriter, path: string): boolean {
  return (deleted && target === path) || isRotatedName(target, path);
}

/**
 * Reports whether a writer belongs to this host: a container may have its own file at the same path. If unknown, it
 * counts as one of this host.
 */
function isOurs({ pid }: FileWriter, path: string): boolean {
  return seesOtherFolder(pid, dirname(path)) !== true;
}

function newestOf(siblings: readonly Sibling[]): FileFacts["rotated"] {
  const newest = siblings.findLast(({ packed }) => !packed);
  return newest && { path: newest.path, changedAt: instant(Number(newest.changed / 1_000_000n)) };
}

function isDiskFull(path: string): boolean {
  try {
    const { blocks, bfree } = statfsSync(path);
    return blocks > 0 && bfree === 0;
  } catch {
    // The check of the source reports a missing file.
    return false;
  }
}

function isSame(a: Held | undefined, b: Held | undefined): boolean {
  return a?.device === b?.device && a?.inode === b?.inode;
}

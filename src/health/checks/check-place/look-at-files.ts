/**
 * The files of file sources as they are now, beside what their readers hold: replaced, seen otherwise by others, and who
 * writes to them. What costs more than a few system calls is done only for a quiet file, and searching every process
 * only with a reason: it was rotated, nobody takes syslog lines, its writer ended, trouble was found, or not looked for long.
 */
import { dirname } from "node:path";
import { type Instant, instant } from "../../../domain/instant.ts";
import { QUIET_MS } from "../../judge/judge-place.ts";
import type { FileFacts, WriterFacts } from "../../judge/place-facts.ts";
import { type FileWriter, findFileWriters } from "../../../host/logs/file-writers.ts";
import { seesOtherFolder } from "../../../host/process/mount-view.ts";
import { commandOf, type RunningProgram } from "../../../host/process/running-programs.ts";
import { type SeenFile, seenBy } from "../../../host/logs/seen-by.ts";
import { isRotatedName } from "../../../source/file/rotated-name.ts";
import { type Sibling, siblingsOfEach } from "../../../source/file/rotated-siblings.ts";
import type { WatchedJail } from "../../jail-check.ts";
import { findOtherViews } from "./other-views.ts";

export interface FileLook {
  /** Quickly looks at every file of these jails. */
  refresh(jails: readonly WatchedJail[], now: Instant): void;
  /** Whether nothing was written to a file of the jail for a while. */
  isQuiet(watched: WatchedJail, now: Instant): boolean;
  /** Searches all processes for writers of quiet files, where there is a reason; `anew` names jails that have one. */
  findWriters(
    jails: readonly WatchedJail[],
    anew: ReadonlySet<string>,
    now: Instant,
  ): Promise<void>;
  factsOf(watched: WatchedJail, running: readonly RunningProgram[]): readonly FileFacts[];
}

/** Without another reason all processes are searched this seldom. */
const SEARCH_EVERY_MS = 600_000;

interface Known {
  there: SeenFile | undefined;
  differsSince: Instant | undefined;
  writers: WriterFacts | undefined;
  rotated: FileFacts["rotated"];
  /** Another file has the name since the writers were looked for. */
  renamed: boolean;
}

export function createFileLook(): FileLook {
  const known = new Map<string, Known>();

  function refreshOne(path: string, held: SeenFile | Held | undefined, now: Instant): void {
    const before = known.get(path);
    const there = seenBy("self", path);
    const differs = there !== undefined && held !== undefined && !isSame(there, held);
    const same = isSame(before?.there, there);
    known.set(path, {
      there,
      differsSince: differs ? (before?.differsSince ?? now) : undefined,
      writers: same ? before?.writers : undefined,
      rotated: undefined,
      renamed: before !== undefined && (before.renamed || !same),
    });
  }

  function isQuietFile(path: string, now: Instant): boolean {
    const there = known.get(path)?.there;
    return there === undefined || there.changedAt < now - QUIET_MS;
  }

  function isDue(path: string, reason: boolean, now: Instant): boolean {
    const facts = known.get(path);
    if (facts === undefined || !isQuietFile(path, now)) return false;
    const { writers, renamed } = facts;
    if (writers === undefined || reason || renamed || writers.old.length > 0) return true;
    if (writers.present.some(({ pid, program }) => commandOf(pid) !== program)) return true;
    return now - writers.at >= SEARCH_EVERY_MS;
  }

  return {
    refresh(jails, now) {
      const paths = new Set<string>();
      for (const watched of jails) {
        const held = heldBy(watched);
        for (const path of pathsOf(watched)) {
          if (paths.has(path)) continue;
          paths.add(path);
          refreshOne(path, held.get(path), now);
        }
      }
      for (const path of known.keys()) if (!paths.has(path)) known.delete(path);
    },
    isQuiet: (watched, now) => pathsOf(watched).some((path) => isQuietFile(path, now)),
    async findWriters(jails, anew, now) {
      const siblings = siblingsOfEach([...known.keys()].filter((path) => isQuietFile(path, now)));
      for (const [path, facts] of known) facts.rotated = newestOf(siblings.get(path) ?? []);
      const due = new Set(
        jails.flatMap((watched) =>
          pathsOf(watched).filter((path) => isDue(path, anew.has(watched.live.jail.name), now)),
        ),
      );
      if (due.size === 0) return;
      const { writers, complete } = await findFileWriters([...due]);
      for (const path of due) {
        const facts = known.get(path);
        if (facts === undefined) continue;
        const own = writers.filter((writer) => writer.path === path);
        const present = own.filter((writer) => isSame(facts.there, writer));
        const old = own.filter(
          (writer) => !present.includes(writer) && isOld(writer, path) && isOurs(writer, path),
        );
        facts.writers = { at: now, complete, present, old };
        facts.renamed = false;
      }
    },
    factsOf: (watched, running) => {
      const held = heldBy(watched);
      return pathsOf(watched).map((path) => {
        const facts = known.get(path);
        return {
          path,
          held: held.get(path),
          there: facts?.there,
          differsSince: facts?.differsSince,
          writers: facts?.writers,
          rotated: facts?.rotated,
          otherViews: findOtherViews(watched.live.definition.programs, running, path),
        };
      });
    },
  };
}

interface Held {
  readonly device: string;
  readonly inode: string;
}

/** The files that are read, and those named plainly that are not there. */
function pathsOf({ live, source }: WatchedJail): readonly string[] {
  const { source: setting } = live.search;
  if (setting?.kind !== "file") return [];
  const held = source?.held?.map(({ path }) => path) ?? [];
  return [...new Set([...held, ...setting.files.filter((path) => !/[*?[]/.test(path))])];
}

/** By path. */
function heldBy({ source }: WatchedJail): ReadonlyMap<string, Held> {
  return new Map(source?.held?.map((file) => [file.path, file]));
}

/** What had the name before: renamed by rotation, or deleted. */
function isOld({ target, deleted }: FileWriter, path: string): boolean {
  return (deleted && target === path) || isRotatedName(target, path);
}

/** A container's log may have the same name; where it cannot be told, it is taken for ours. */
function isOurs({ pid }: FileWriter, path: string): boolean {
  return seesOtherFolder(pid, dirname(path)) !== true;
}

function newestOf(siblings: readonly Sibling[]): FileFacts["rotated"] {
  const newest = siblings.findLast(({ packed }) => !packed);
  return newest && { path: newest.path, changedAt: instant(Number(newest.changed / 1_000_000n)) };
}

function isSame(a: Held | undefined, b: Held | undefined): boolean {
  return a?.device === b?.device && a?.inode === b?.inode;
}

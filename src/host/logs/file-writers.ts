/**
 * Finds processes that have a log file, or its rotated predecessor, open for writing. Searches /proc once for any
 * number of files, in slices that let other work run. Used rarely: about 2 µs per descriptor.
 */
import { codeOf } from "../../domain/thrown-error.ts";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { basename } from "node:path";
import { nextTurn } from "../timers.ts";
import { commandOf, processIds, seesOtherPrograms } from "../process/running-programs.ts";

export interface FileWriter {
  readonly pid: number;
  readonly program: string;
  /** The requested log file. */
  readonly path: string;
  /**
   * The file that the process writes to, as named in its mount namespace, without the kernel's suffix for a deleted
   * one.
   */
  readonly target: string;
  readonly deleted: boolean;
  readonly device: string;
  readonly inode: string;
  readonly size: number;
}

export interface FileWriters {
  readonly writers: readonly FileWriter[];
  /** Whether every process could be read; if not, an empty result proves nothing. */
  readonly complete: boolean;
}

const PROCESSES_PER_TURN = 50;
const MAX_DESCRIPTORS = 1024;
const DELETED = " (deleted)";

export async function findFileWriters(paths: readonly string[]): Promise<FileWriters> {
  const names = Map.groupBy(paths, (path) => stemOf(basename(path)));
  const writers: FileWriter[] = [];
  let complete = seesOtherPrograms();
  let looked = 0;
  for (const pid of processIds()) {
    if (++looked % PROCESSES_PER_TURN === 0) await nextTurn();
    const found = descriptorsOf(pid, names);
    if (found === "hidden") complete = false;
    else if (found !== undefined) writers.push(...found);
  }
  return { writers, complete };
}

/** Maps the stems of requested names to their paths, because there may be thousands of them. */
type Names = ReadonlyMap<string, readonly string[]>;

/** Returns undefined if the process ended in the meantime. */
function descriptorsOf(pid: number, names: Names): readonly FileWriter[] | "hidden" | undefined {
  const folder = `/proc/${pid}/fd`;
  const found: FileWriter[] = [];
  try {
    for (const descriptor of readdirSync(folder).slice(0, MAX_DESCRIPTORS)) {
      found.push(...tryWriterOf(pid, descriptor, names));
    }
  } catch (error) {
    return isDenied(error) ? "hidden" : undefined;
  }
  return found;
}

/**
 * Finds log files by one descriptor. Throws only when access is denied: some descriptors can be listed but not read
 * (CAP_SYS_PTRACE).
 */
function tryWriterOf(pid: number, descriptor: string, names: Names): readonly FileWriter[] {
  try {
    return writerOf(pid, descriptor, names);
  } catch (error) {
    if (isDenied(error)) throw error;
    // Closed in the meantime.
    return [];
  }
}

function isDenied(error: unknown): boolean {
  const code = codeOf(error);
  return code === "EACCES" || code === "EPERM";
}

/** Finds the requested log files that this descriptor may refer to. */
function writerOf(pid: number, descriptor: string, names: Names): readonly FileWriter[] {
  const link = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  if (!link.startsWith("/")) return [];
  const deleted = link.endsWith(DELETED);
  const target = deleted ? link.slice(0, -DELETED.length) : link;
  const paths = namesOf(basename(target), names);
  if (paths.length === 0 || !isForWriting(pid, descriptor)) return [];
  const stats = statSync(`/proc/${pid}/fd/${descriptor}`, { bigint: true });
  if (!stats.isFile()) return [];
  const [device, inode, size] = [`${stats.dev}`, `${stats.ino}`, Number(stats.size)];
  const program = commandOf(pid) ?? "?";
  return paths.map((path) => ({ pid, program, path, target, deleted, device, inode, size }));
}

/**
 * Finds names by their stems. "auth.log.1" and "auth-20261123.log" share the stem of "auth.log", which ends at its last
 * dot; so does "auth2.log".
 */
function namesOf(target: string, names: Names): readonly string[] {
  const stems = Array.from(target, (_, at) => target.slice(0, at + 1));
  return stems.flatMap((stem) => names.get(stem) ?? []);
}

function stemOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot <= 0 ? name : name.slice(0, dot);
}

/** Returns whether the descriptor is open with O_WRONLY or O_RDWR, which proc_pid_fdinfo(5) shows. */
function isForWriting(pid: number, descriptor: string): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(
    readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, "utf8"),
  )?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
}

/** Reads memory and processor time of a program and its children from /proc. */
import { readFileSync, readdirSync } from "node:fs";

export interface Footprint {
  /** Resident memory of the program itself, in MB (10^6 bytes). */
  readonly resident: number;
  /** Anonymous memory of the program and its descendants, in MB. */
  readonly anonymous: number;
  /** Anonymous memory of the descendants only, in MB. */
  readonly childrenAnonymous: number;
  readonly children: readonly string[];
}

export function footprintOf(pid: number): Footprint {
  const own = memoryOf(pid);
  const below = descendantsOf(pid);
  const childrenAnonymous = below.reduce((sum, child) => sum + memoryOf(child).anonymous, 0);
  return {
    resident: own.resident,
    anonymous: own.anonymous + childrenAnonymous,
    childrenAnonymous,
    children: below.map((child) => readOrEmpty(`/proc/${child}/comm`).trim()),
  };
}

/**
 * Returns user and system time of the program and its descendants, in seconds; ended children count for their parent.
 */
export function processorTimeOf(pid: number): number {
  return [pid, ...descendantsOf(pid)].reduce((sum, one) => sum + ownProcessorTime(one), 0);
}

function memoryOf(pid: number): { readonly resident: number; readonly anonymous: number } {
  const text = readOrEmpty(`/proc/${pid}/smaps_rollup`);
  const read = (name: string): number =>
    (Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) * 1024) / 1e6;
  return { resident: read("Rss"), anonymous: read("Anonymous") };
}

/** Returns utime, stime, cutime and cstime of proc(5) in seconds; a tick is 1/100 s. */
function ownProcessorTime(pid: number): number {
  const fields = afterName(readOrEmpty(`/proc/${pid}/stat`));
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0) / 100;
}

function descendantsOf(pid: number): readonly number[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), Number(afterName(readOrEmpty(`/proc/${name}/stat`))[1])]),
  );
  const below = (parent: number): readonly number[] =>
    [...parents].filter(([, its]) => its === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/**
 * Returns the fields after the name, which is in parentheses and may contain blanks. The first of them is the state.
 */
function afterName(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process has ended.
    return "";
  }
}

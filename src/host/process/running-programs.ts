/**
 * Which programs run on this host, by name, with the namespaces they live in. One pass over /proc for any number of
 * names: about 10 µs a process, and no more than MOST_PROCESSES of them.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { programName } from "./program-name.ts";

export interface RunningProgram {
  readonly pid: number;
  /** The name that was asked for. */
  readonly program: string;
  /** As the kernel names it, "net:[4026531840]"; undefined when it may not be read (CAP_SYS_PTRACE). */
  readonly netNamespace: string | undefined;
  readonly mountNamespace: string | undefined;
}

const MOST_PROCESSES = 16_384;
/** TASK_COMM_LEN of linux/sched.h, without its final NUL. */
const COMM_LENGTH = 15;

/**
 * `names` as in a filter's `programs`; of "postfix/smtpd" the last part counts. Empty too when other programs are hidden
 * from this one: `seesOtherPrograms` tells the two apart.
 */
export function findRunningPrograms(names: readonly string[]): readonly RunningProgram[] {
  const wanted = new Map(names.map((name) => [basename(name), name]));
  const commands = new Map([...wanted.keys()].map((name) => [name.slice(0, COMM_LENGTH), name]));
  return processIds().flatMap((pid) => {
    const found = nameOf(pid, wanted, commands);
    const program = found === undefined ? undefined : wanted.get(found);
    return program === undefined ? [] : [{ pid, program, ...namespacesOf(pid) }];
  });
}

/** Names of those that run in this network namespace, as far as it may be seen. */
export function findRunningHere(names: readonly string[]): readonly string[] {
  const { netNamespace } = namespacesOf("self");
  return findRunningPrograms(names)
    .filter((one) => one.netNamespace === undefined || one.netNamespace === netNamespace)
    .map(({ program }) => program);
}

/** False where /proc shows only one's own (hidepid, systemd's ProtectProc=): then nothing found means nothing. */
export function seesOtherPrograms(): boolean {
  return commandOf(1) !== undefined;
}

export interface Namespaces {
  readonly netNamespace: string | undefined;
  readonly mountNamespace: string | undefined;
}

export function namespacesOf(pid: number | "self"): Namespaces {
  return {
    netNamespace: readLink(`/proc/${pid}/ns/net`),
    mountNamespace: readLink(`/proc/${pid}/ns/mnt`),
  };
}

/** In the order of their numbers, as far as they are seen. */
export function processIds(): readonly number[] {
  return readdirSync("/proc")
    .flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []))
    .slice(0, MOST_PROCESSES);
}

/** The name the kernel keeps, cut to 15 characters, or a script's; undefined when it has ended or is hidden. */
export const commandOf: (pid: number) => string | undefined = programName;

function nameOf(
  pid: number,
  wanted: ReadonlyMap<string, string>,
  commands: ReadonlyMap<string, string>,
): string | undefined {
  const command = commandOf(pid);
  if (command === undefined) return undefined;
  const byCommand = commands.get(command);
  if (byCommand !== undefined && byCommand.length < COMM_LENGTH) return byCommand;
  const file = fileOf(pid);
  if (file !== undefined && wanted.has(file)) return file;
  // A cut name fits several programs; it is ruled out only by a file that is plainly another of them.
  return file?.startsWith(command) === true ? undefined : byCommand;
}

/** The name of the file it runs, also when an update has replaced the file since. */
function fileOf(pid: number): string | undefined {
  const path = readLink(`/proc/${pid}/exe`);
  return path === undefined ? undefined : basename(path.replace(/ \(deleted\)$/, ""));
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Ended meanwhile, a kernel thread, or another's (CAP_SYS_PTRACE): not known.
    return undefined;
  }
}

/**
 * Finds running programs of this host by name, with their namespaces. Makes one pass over /proc for any number of
 * names: about 10 µs per process, and at most MAX_PROCESSES.
 */
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { programName } from "./program-name.ts";
import { linkTarget } from "../read-or-empty.ts";

export interface RunningProgram {
  readonly pid: number;
  /** The requested name. */
  readonly program: string;
  /** The kernel's name of the namespace: "net:[4026531840]"; undefined when it may not be read (CAP_SYS_PTRACE). */
  readonly netNamespace: string | undefined;
  readonly mountNamespace: string | undefined;
}

const MAX_PROCESSES = 16_384;
/** Maximum length of a name: TASK_COMM_LEN of linux/sched.h, without its final NUL. */
const COMM_LENGTH = 15;

/**
 * Finds the programs. `names` as in a filter's `programs`; only the last part of "postfix/smtpd" is compared. The
 * result is also empty when other programs are hidden from this one: see `seesOtherPrograms`.
 */
export function findRunningPrograms(names: readonly string[]): readonly RunningProgram[] {
  const wanted = Map.groupBy(new Set(names), (name) => basename(name));
  const commands = new Map([...wanted.keys()].map((name) => [name.slice(0, COMM_LENGTH), name]));
  return processIds().flatMap((pid) => {
    const found = nameOf(pid, wanted, commands);
    const program = found === undefined ? undefined : chooseName(wanted.get(found) ?? [], pid);
    return program === undefined ? [] : [{ pid, program, ...namespacesOf(pid) }];
  });
}

/** Returns the names of programs that run in this network namespace, as far as visible. */
export function findRunningHere(names: readonly string[]): readonly string[] {
  const { netNamespace } = namespacesOf("self");
  return findRunningPrograms(names)
    .filter((one) => one.netNamespace === undefined || one.netNamespace === netNamespace)
    .map(({ program }) => program);
}

/**
 * Returns false when /proc shows only the user's own processes (hidepid, systemd's ProtectProc=). Then an empty result
 * proves nothing.
 */
export function seesOtherPrograms(): boolean {
  return commandOf(1) !== undefined;
}

export interface Namespaces {
  readonly netNamespace: string | undefined;
  readonly mountNamespace: string | undefined;
}

export function namespacesOf(pid: number | "self"): Namespaces {
  return {
    netNamespace: linkTarget(`/proc/${pid}/ns/net`),
    mountNamespace: linkTarget(`/proc/${pid}/ns/mnt`),
  };
}

/** Lists visible process ids in ascending order. */
export function processIds(): readonly number[] {
  return readdirSync("/proc")
    .flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []))
    .slice(0, MAX_PROCESSES);
}

/**
 * Returns the kernel's name, truncated to 15 characters, or that of a script; undefined when the process has ended or
 * is hidden.
 */
export const commandOf: (pid: number) => string | undefined = programName;

function nameOf(
  pid: number,
  wanted: ReadonlyMap<string, unknown>,
  commands: ReadonlyMap<string, string>,
): string | undefined {
  const command = commandOf(pid);
  if (command === undefined) return undefined;
  const byCommand = commands.get(command);
  if (byCommand !== undefined && byCommand.length < COMM_LENGTH) return byCommand;
  const file = fileOf(pid);
  if (file !== undefined && wanted.has(file)) return file;
  // A truncated name fits several programs. Reject it only if the file clearly has another name.
  return file?.startsWith(command) === true ? undefined : byCommand;
}

/**
 * Chooses among names with the same last part: "postfix/smtpd" if the executable is in a folder called postfix, else the
 * plain "smtpd", which is another program.
 */
function chooseName(names: readonly string[], pid: number): string | undefined {
  if (names.length < 2) return names[0];
  const folders = linkTarget(`/proc/${pid}/exe`)?.split("/") ?? [];
  const isInFolder = (name: string): boolean =>
    name.includes("/") && folders.includes(name.slice(0, name.indexOf("/")));
  return names.find(isInFolder) ?? names.find((name) => !name.includes("/")) ?? names.at(-1);
}

/** Returns the name of its executable, even if an update has replaced the file. */
function fileOf(pid: number): string | undefined {
  const path = linkTarget(`/proc/${pid}/exe`);
  return path === undefined ? undefined : basename(path.replace(/ \(deleted\)$/, ""));
}

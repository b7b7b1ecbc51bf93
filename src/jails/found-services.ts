/**
 * Finds which services of the filter library run or log on this host. Evidence is their log files, lines in the logs
 * that syslog daemons write for all programs, and running programs. All filters share two passes, over /proc and over
 * the ends of shared logs, so missing services cost little. What several services share is evidence only of the one that no
 * filter marks it for (`shared`).
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { type FilterHead, localPrograms } from "../domain/filter-definition.ts";
import { isSharedLog } from "../host/logs/shared-log.ts";
import { findRunningHere } from "../host/process/running-programs.ts";
import { expandPatterns } from "../source/file/expand-patterns.ts";

export interface FoundService {
  readonly head: FilterHead;
  /** Existing log files: the service's own, and shared ones with a recent line of it. */
  readonly logs: readonly string[];
  /** Programs of the service that run in this network namespace, as far as visible. */
  readonly running: readonly string[];
}

export type FindServices = (heads: readonly FilterHead[]) => readonly FoundService[];

/**
 * Programs that nearly every host runs and that serve no client. A filter names them to know their lines, which show no
 * service.
 */
const LOCAL_PROGRAMS: ReadonlySet<string> = new Set([
  ...["cron", "CRON", "crond", "su", "su-l", "sudo", "doas", "pkexec", "runuser"],
  ...["gdm-password", "lightdm", "sddm-helper", "polkit-agent-helper-1"],
]);

export const findServices: FindServices = (heads) => {
  const servicePrograms = ({ programs, shared = [] }: FilterHead): readonly string[] =>
    programs.filter((program) => !LOCAL_PROGRAMS.has(program) && !shared.includes(program));
  const localServicePrograms = (head: FilterHead): readonly string[] => {
    const local = localPrograms(head);
    return servicePrograms(head).filter((program) => local.includes(program));
  };
  const running = new Set(findRunningHere(heads.flatMap(localServicePrograms)));
  const programsOf = createProgramLists();
  return heads.flatMap((head): readonly FoundService[] => {
    const own = head.files.filter((file) => head.shared?.includes(file) !== true);
    const logs = expandPatterns(own.filter(mayExist)).files.filter((file) =>
      isSharedLog(file)
        ? servicePrograms(head).some((program) => programsOf(file).has(program))
        : existsSync(file),
    );
    const programs = localServicePrograms(head).filter((program) => running.has(program));
    return logs.length === 0 && programs.length === 0 ? [] : [{ head, logs, running: programs }];
  });
};

/**
 * Returns whether a file may match: the pattern's part before the first wildcard exists. Most services are not
 * installed, and this is a tenth of the work of expanding a pattern.
 */
function mayExist(pattern: string): boolean {
  const [fixed = ""] = pattern.split(/[^/]*[*?[]/, 1);
  return existsSync(fixed);
}

/** Returns a function that lists the programs in the last part of a log; it reads each log once. */
function createProgramLists(): (file: string) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>();
  return (file) => {
    const list = known.get(file) ?? programsIn(readEnd(file));
    known.set(file, list);
    return list;
  };
}

const TAIL_BYTES = 65_536;
/** The program in a syslog line, after the host: "host name[pid]:" or "host name:". */
const PROGRAM = /^[^\n]{0,80}? ([\w./@-]{1,48})(?:\[\d+\])?: /gm;

function programsIn(text: string): ReadonlySet<string> {
  const names = [...text.matchAll(PROGRAM)].flatMap(([, name = ""]) => [name, basename(name)]);
  return new Set(names);
}

/** Returns the last part of a log; "" if the file cannot be read. */
function readEnd(file: string): string {
  try {
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(fd);
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const length = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString("latin1", 0, length);
    } finally {
      closeSync(fd);
    }
  } catch {
    // An unreadable log names no programs.
    return "";
  }
}

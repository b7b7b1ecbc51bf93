/**
 * Finds which services of the filter library run or log on this host. Evidence is their log files, lines in the logs
 * that syslog daemons write for all programs, and running programs. All filters share two passes, over /proc and over
 * the ends of shared logs, so missing services cost little. What other services or clients have too (`shared`,
 * `clients`) is evidence only by lines about logins, and a client's program while it listens.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { type FilterHead, localPrograms } from "../domain/filter-definition.ts";
import { isProgramOf } from "../domain/program-glob.ts";
import { isSharedLog } from "../host/logs/shared-log.ts";
import { findRunningHere } from "../host/process/running-programs.ts";
import { isServerSocket, listeningPrograms } from "../host/services/listening-programs.ts";
import { expandPatterns } from "../source/file/expand-patterns.ts";
import { showsLogin } from "./found-services/shows-login.ts";

export interface FoundService {
  readonly head: FilterHead;
  /** Existing log files: the service's own, and shared ones with a recent line of it. */
  readonly logs: readonly string[];
  /** Programs of the service that run in this network namespace, as far as visible. */
  readonly running: readonly string[];
}

export type FindServices = (heads: readonly FilterHead[]) => Promise<readonly FoundService[]>;

/**
 * Programs that nearly every host runs and that serve no client. Filters name them because they recognize their lines;
 * that one runs does not mean that a service to protect does.
 */
const LOCAL_PROGRAMS: ReadonlySet<string> = new Set([
  ...["cron", "CRON", "crond", "su", "su-l", "sudo", "doas", "pkexec", "runuser"],
  ...["gdm-password", "lightdm", "sddm-helper", "polkit-agent-helper-1"],
]);

export const findServices: FindServices = async (heads) => {
  const running = new Set(findRunningHere(heads.flatMap(programsThatShow)));
  const tails = createTails();
  const found: FoundService[] = [];
  for (const head of heads) {
    const logs = await findLogs(head, tails);
    const programs = withoutClients(
      head,
      programsThatShow(head).filter((one) => running.has(one)),
    );
    if (logs.length > 0 || programs.length > 0) found.push({ head, logs, running: programs });
  }
  return found;
};

/** Maximum length of a kernel's name: TASK_COMM_LEN of linux/sched.h, without its final NUL. */
const COMM_LENGTH = 15;

/** Returns the running programs without those that are clients here: they do not listen. */
function withoutClients(
  { clients = [] }: FilterHead,
  running: readonly string[],
): readonly string[] {
  if (running.every((program) => !clients.includes(program))) return running;
  const listening = listeningPrograms();
  const isServer = (program: string): boolean =>
    listening.get(program.slice(0, COMM_LENGTH))?.some(isServerSocket) === true;
  return running.filter((program) => !clients.includes(program) || isServer(program));
}

/** Returns the programs that show the service while they run here, clients only while they listen. */
function programsThatShow(head: FilterHead): readonly string[] {
  const local = localPrograms(head);
  return local.filter((one) => !LOCAL_PROGRAMS.has(one) && head.shared?.includes(one) !== true);
}

async function findLogs(head: FilterHead, tails: Tails): Promise<readonly string[]> {
  const { files, shared = [] } = head;
  const existing = (of: readonly string[]): readonly string[] =>
    expandPatterns(of.filter(mayExist)).files.filter((file) => existsSync(file));
  const own = existing(files.filter((file) => !shared.includes(file)));
  const others = existing(files.filter((file) => shared.includes(file)));
  const logs: string[] = [];
  for (const file of [...own, ...others.filter((one) => !own.includes(one))]) {
    const isShown = isSharedLog(file)
      ? await isInSystemLog(head, file, tails)
      : own.includes(file) || (await showsLogin(head, { text: tails.textOf(file), kind: "own" }));
    if (isShown) logs.push(file);
  }
  return logs;
}

/** Reports whether a log of many programs has a recent line of the service. */
async function isInSystemLog(
  { programs, shared = [], clients = [], ...head }: FilterHead,
  file: string,
  tails: Tails,
): Promise<boolean> {
  const writers = [...tails.programsOf(file)];
  const wrote = (of: readonly string[]): boolean => writers.some((name) => isProgramOf(of, name));
  const serving = programs.filter((program) => !LOCAL_PROGRAMS.has(program));
  const doubtful = new Set([...shared, ...clients]);
  if (wrote(serving.filter((program) => !doubtful.has(program)))) return true;
  if (!wrote(serving.filter((program) => doubtful.has(program)))) return false;
  return showsLogin({ programs, ...head }, { text: tails.textOf(file), kind: "system" });
}

/**
 * Returns whether a file may match: the pattern's part before the first wildcard exists. Most services are not
 * installed, and this is a tenth of the work of expanding a pattern.
 */
function mayExist(pattern: string): boolean {
  const [fixed = ""] = pattern.split(/[^/]*[*?[]/, 1);
  return existsSync(fixed);
}

/** The last part of each log, which is read once. */
interface Tails {
  /** Complete lines; "" if the log cannot be read. */
  textOf(file: string): string;
  /** Programs that wrote these lines, by the header that a syslog daemon gave them. */
  programsOf(file: string): ReadonlySet<string>;
}

function createTails(): Tails {
  const texts = new Map<string, string>();
  const programs = new Map<string, ReadonlySet<string>>();
  const textOf = (file: string): string => texts.getOrInsertComputed(file, readEnd);
  return {
    textOf,
    programsOf: (file) => programs.getOrInsertComputed(file, () => programsIn(textOf(file))),
  };
}

const TAIL_BYTES = 65_536;
/** The program in a syslog line, after the host: "host name[pid]:" or "host name:". */
const PROGRAM = /^[^\n]{0,80}? ([\w./@-]{1,48})(?:\[\d+\])?: /gm;

function programsIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(PROGRAM)].map(([, name = ""]) => name));
}

/** Returns the last lines of a log; "" if the file cannot be read. */
function readEnd(file: string): string {
  try {
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(fd);
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      const length = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
      const text = buffer.toString("latin1", 0, length);
      // The first line is the rest of one, and may be a client's text.
      const first = size > TAIL_BYTES ? text.indexOf("\n") + 1 : 0;
      return text.slice(first, text.lastIndexOf("\n") + 1);
    } finally {
      closeSync(fd);
    }
  } catch {
    // An unreadable log shows nothing.
    return "";
  }
}

/**
 * A program of the lab that runs on: what it writes arrives as lines that can be waited for, and it ends with the lab,
 * even with a killed one (PR_SET_PDEATHSIG, by setpriv of util-linux). Keeps the last 20,000 lines.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  readonly lines: readonly string[];
  /** How many lines it has written so far: where to begin when only what comes from now on counts. */
  readonly written: number;
  /** The first line that matches, of those after the first `from`; undefined when none came before it ended or in time. */
  until(pattern: Pattern | string, options?: WaitOptions): Promise<string | undefined>;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Signals the program and what it started. */
  kill(signal: NodeJS.Signals): void;
}

/** A regular expression, or whatever else tells one line from another. */
export interface Pattern {
  test(line: string): boolean;
}

export interface WaitOptions {
  readonly from?: number;
  /** In milliseconds. */
  readonly limit?: number;
}

export interface ProgramToRun {
  /** `argv[0]` is an absolute path. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Told of every line as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

interface Waiter {
  readonly matches: (line: string) => boolean;
  readonly resolve: (line: string | undefined) => void;
}

const KEPT_LINES = 20_000;
const LIMIT_MS = 60_000;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function startProgram({ argv, env, onLine }: ProgramToRun): RunningProgram {
  const child = spawn("/usr/bin/setpriv", ["--pdeathsig", "KILL", "--", ...argv], {
    cwd: "/",
    env: { PATH, LC_ALL: "C.UTF-8", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const lines: string[] = [];
  const waiters = new Set<Waiter>();
  let written = 0;
  let over = false;
  const { promise: ended, resolve } = Promise.withResolvers<number | NodeJS.Signals>();

  function take(line: string): void {
    written++;
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    onLine?.(line);
    for (const waiter of [...waiters]) if (waiter.matches(line)) waiter.resolve(line);
  }

  function end(how: number | NodeJS.Signals): void {
    over = true;
    for (const waiter of [...waiters]) waiter.resolve(undefined);
    resolve(how);
  }

  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", take);
  child.once("error", (error) => {
    take(error.message);
    end(-1);
  });
  child.once("close", (code, signal) => end(signal ?? code ?? -1));

  async function until(
    pattern: Pattern | string,
    { from = 0, limit = LIMIT_MS }: WaitOptions = {},
  ): Promise<string | undefined> {
    const matches = (line: string): boolean =>
      typeof pattern === "string" ? line.includes(pattern) : pattern.test(line);
    const found = lines.slice(Math.max(0, from - (written - lines.length))).find(matches);
    if (found !== undefined || over) return found;
    const waiting = Promise.withResolvers<string | undefined>();
    const waiter = { matches, resolve: waiting.resolve };
    const timer = setTimeout(() => waiting.resolve(undefined), limit);
    waiters.add(waiter);
    try {
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
      waiters.delete(waiter);
    }
  }

  function kill(signal: NodeJS.Signals): void {
    if (child.pid === undefined || over) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has ended by itself.
    }
  }

  return {
    pid: child.pid ?? -1,
    lines,
    get written() {
      return written;
    },
    until,
    ended,
    kill,
    [Symbol.asyncDispose]: async () => {
      kill("SIGKILL");
      await ended;
    },
  };
}

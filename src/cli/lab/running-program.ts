/**
 * A program of the lab that runs on: what it writes arrives as lines that can be waited for, and it ends with the lab,
 * even with a killed one (PR_SET_PDEATHSIG, by setpriv of util-linux). Keeps the last 5000 lines.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createWakeUp } from "../../platform/wake-up.ts";

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  readonly lines: readonly string[];
  /** The first line that matches, from `from` (an index into `lines`) on; undefined when none came in time. */
  until(pattern: RegExp | string, options?: WaitOptions): Promise<string | undefined>;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
}

export interface WaitOptions {
  readonly from?: number;
  readonly limit?: number;
}

export interface ProgramToRun {
  /** `argv[0]` is an absolute path. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Told of every line as it comes. */
  readonly onLine?: (line: string) => void;
}

const KEPT_LINES = 5000;
const LIMIT_MS = 15_000;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function startProgram({ argv, env, onLine }: ProgramToRun): RunningProgram {
  const child = spawn("/usr/bin/setpriv", ["--pdeathsig", "KILL", "--", ...argv], {
    cwd: "/",
    env: { PATH, LC_ALL: "C.UTF-8", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const lines: string[] = [];
  const wake = createWakeUp();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine?.(line);
      wake.ring();
    });
  }
  let over = false;
  const { promise: ended, resolve } = Promise.withResolvers<number | NodeJS.Signals>();
  child.once("error", (error) => {
    lines.push(error.message);
    over = true;
    resolve(-1);
    wake.ring();
  });
  child.once("close", (code, signal) => {
    over = true;
    resolve(signal ?? code ?? -1);
    wake.ring();
  });

  async function until(
    pattern: RegExp | string,
    { from = 0, limit = LIMIT_MS }: WaitOptions = {},
  ): Promise<string | undefined> {
    const matches = (line: string): boolean =>
      typeof pattern === "string" ? line.includes(pattern) : pattern.test(line);
    const end = AbortSignal.timeout(limit);
    for (;;) {
      const found = lines.slice(from).find(matches);
      if (found !== undefined || over || end.aborted) return found;
      await wake.wait(end);
    }
  }

  function kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-(child.pid ?? 0) || 0, signal);
    } catch {
      // It has ended by itself.
    }
  }

  return {
    pid: child.pid ?? -1,
    lines,
    until,
    ended,
    kill: (signal) => {
      if (child.pid !== undefined) kill(signal);
    },
    [Symbol.asyncDispose]: async () => {
      if (!over && child.pid !== undefined) kill("SIGKILL");
      await ended;
    },
  };
}

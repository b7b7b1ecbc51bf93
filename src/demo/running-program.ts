/**
 * Runs a program, and lets callers wait for lines of its output. The program ends with the lab, even if the lab is
 * killed (PR_SET_PDEATHSIG, set by setpriv of util-linux). Keeps the last 20,000 lines.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** A regular expression, or another test of a line. */
export interface Pattern {
  test(line: string): boolean;
}

export interface WaitOptions {
  readonly from?: number;
  /** Maximum wait in milliseconds. */
  readonly limit?: number;
}

export interface ProgramToRun {
  /** The command; `argv[0]` is an absolute path. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Called with every line. */
  readonly onLine?: ((line: string) => void) | undefined;
}

interface Waiter {
  readonly matches: (line: string) => boolean;
  readonly resolve: (line: string | undefined) => void;
}

const MAX_LINES = 20_000;
const WAIT_MS = 120_000;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export class RunningProgram implements AsyncDisposable {
  readonly lines: string[] = [];
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #waiters = new Set<Waiter>();
  readonly #resolveEnded: (how: number | NodeJS.Signals) => void;
  #written = 0;
  #hasEnded = false;

  constructor({ argv, env, onLine }: ProgramToRun) {
    this.#onLine = onLine;
    const { promise, resolve } = Promise.withResolvers<number | NodeJS.Signals>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    const child = spawn("/usr/bin/setpriv", ["--pdeathsig", "KILL", "--", ...argv], {
      cwd: "/",
      env: { PATH, LC_ALL: "C.UTF-8", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#process = child;
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on("line", (line) => this.#take(line));
    child.once("error", (error) => {
      this.#take(error.message);
      this.#end(-1);
    });
    child.once("close", (code, signal) => this.#end(signal ?? code ?? -1));
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  /** Number of lines so far; pass it as `from` to wait for a later line. */
  get written(): number {
    return this.#written;
  }

  /**
   * Resolves with the first matching line after the first `from` lines; undefined: none came in time or before the
   * program ended.
   */
  async until(
    pattern: Pattern | string,
    { from = 0, limit = WAIT_MS }: WaitOptions = {},
  ): Promise<string | undefined> {
    const matches = (line: string): boolean =>
      typeof pattern === "string" ? line.includes(pattern) : pattern.test(line);
    const dropped = this.#written - this.lines.length;
    const found = this.lines.slice(Math.max(0, from - dropped)).find(matches);
    if (found !== undefined || this.#hasEnded) return found;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const waiter = { matches, resolve };
    const timer = setTimeout(() => resolve(undefined), limit);
    this.#waiters.add(waiter);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }

  /** Sends a signal to the program and to what it started. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#process;
    if (pid === undefined || this.#hasEnded) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group has already ended.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.ended;
  }

  #take(line: string): void {
    this.#written++;
    this.lines.push(line);
    if (this.lines.length > MAX_LINES) this.lines.shift();
    this.#onLine?.(line);
    for (const waiter of [...this.#waiters]) if (waiter.matches(line)) waiter.resolve(line);
  }

  #end(how: number | NodeJS.Signals): void {
    this.#hasEnded = true;
    for (const waiter of [...this.#waiters]) waiter.resolve(undefined);
    this.#resolveEnded(how);
  }
}

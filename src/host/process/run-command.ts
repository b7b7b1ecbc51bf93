/**
 * Runs an administrator's command to its end: an argument list, never a shell command. The program leads a separate
 * session and process group, which gets SIGTERM on time-out and SIGKILL soon after. Keeps the start of each output
 * stream, and reads the rest so that the program never blocks. Its background processes keep running.
 */
import { reasonOf } from "../explain-system-error.ts";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { describeTimeout } from "./describe-timeout.ts";
import { keepHead } from "./keep-head.ts";

export interface CommandRun {
  /** `argv[0]` is an absolute path (see find-program.ts). */
  readonly argv: readonly string[];
  /** Environment variables beside those of the daemon. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Text for standard input; without it, that is /dev/null. */
  readonly input?: string;
  readonly timeoutMilliseconds: number;
  /** Stops the command when it aborts. */
  readonly signal: AbortSignal;
  /** Maximum length kept of each output stream; 4096 by default. */
  readonly maxOutput?: number;
  /**
   * Maximum wait for output after the exit, in milliseconds, because a background process may keep the pipe open
   * forever; 50 by default.
   */
  readonly outputWait?: number;
}

export interface CommandEnd {
  /** Whether the command exited with code 0. */
  readonly ok: boolean;
  /** Its exit code; missing: it was not started, or a signal ended it. */
  readonly code?: number;
  /** How it ended: "exit code 1", "signal SIGKILL", "took longer than 60 s and was stopped", or why it could not be started. */
  readonly how: string;
  readonly timedOut: boolean;
  readonly output: string;
  readonly error: string;
}

const MAX_OUTPUT = 4096;
/** Milliseconds between SIGTERM and SIGKILL, as in fail2ban. */
const GRACE_MS = 200;
const OUTPUT_WAIT_MS = 50;
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

/** Runs a command. Never rejects. */
export function runCommand(run: CommandRun): Promise<CommandEnd> {
  if (run.signal.aborted) return Promise.resolve(notRun("not run: its time is over"));
  const started = start(run);
  if (typeof started === "string") return Promise.resolve(notRun(started));
  return watch(started, run);
}

function start({ argv, variables, input }: CommandRun): Child | string {
  const [program = "", ...args] = argv;
  const options = { detached: true, cwd: "/", env: { ...ownEnvironment(), ...variables } };
  try {
    if (input === undefined)
      return spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const child = spawn(program, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
    // Ignore a broken pipe, because the exit status says why the command ended.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    return child;
  } catch (error) {
    // Node throws for an argument that is too long or contains NUL, before a process exists.
    return reasonOf(error);
  }
}

function notRun(how: string): CommandEnd {
  return { ok: false, how, timedOut: false, output: "", error: "" };
}

function watch(
  child: Child,
  { timeoutMilliseconds, signal, ...bounds }: CommandRun,
): Promise<CommandEnd> {
  const { maxOutput = MAX_OUTPUT, outputWait = OUTPUT_WAIT_MS } = bounds;
  const [output, error] = [keepHead(child.stdout, maxOutput), keepHead(child.stderr, maxOutput)];
  return new Promise((resolve) => {
    let timedOut = false;
    let killing: NodeJS.Timeout | undefined;
    const stop = (): void => {
      killGroup(child.pid, "SIGTERM");
      killing = setTimeout(() => killGroup(child.pid, "SIGKILL"), GRACE_MS);
    };
    const limit = setTimeout(() => {
      timedOut = true;
      stop();
    }, timeoutMilliseconds);
    const end = (code: number | null, how: string): void => {
      clearTimeout(limit);
      signal.removeEventListener("abort", stop);
      child.stdin?.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
      const said = { output: output().trim(), error: error().trim() };
      const ok = code === 0 && !timedOut;
      resolve({ ok, how, timedOut, ...said, ...(code !== null && { code }) });
    };
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", (cause) => end(null, reasonOf(cause)));
    child.once("exit", (code, name) => {
      clearTimeout(limit);
      clearTimeout(killing);
      // The leader has ended, but no process of a stopped group may outlive it.
      if (killing !== undefined) killGroup(child.pid, "SIGKILL");
      const how = timedOut
        ? describeTimeout(timeoutMilliseconds)
        : name === null
          ? `exit code ${code}`
          : `signal ${name}`;
      const last = setTimeout(() => end(code, how), outputWait);
      child.once("close", () => {
        clearTimeout(last);
        end(code, how);
      });
    });
  });
}

/**
 * Returns the daemon's environment, so that an administrator's settings reach the commands, without variables that
 * concern only the daemon.
 */
function ownEnvironment(): NodeJS.ProcessEnv {
  const own = /^(?:NODE_|LISTEN_|WATCHDOG_|NOTIFY_SOCKET$|JOURNAL_STREAM$|MANAGERPID$)/;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  return { PATH: USUAL_PATH, LANG: "C.UTF-8", ...Object.fromEntries(kept) };
}

function killGroup(leader: number | undefined, name: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, name);
  } catch {
    // The group has already ended.
  }
}

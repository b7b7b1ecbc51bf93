/**
 * Runs a shell text to its end: the one place where the daemon starts a shell, for commands an operator wrote. Values
 * reach it as environment variables only. The shell leads a session and group of its own; at the end of its time the
 * whole group gets SIGTERM and soon SIGKILL. Keeps the first 4 KiB of each output stream and reads on, so that nothing
 * blocks. What the shell leaves running in the background goes on without it.
 */
import { reasonOf } from "../explain-system-error.ts";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";

export interface ShellRun {
  readonly script: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  /** Ends it before its time. */
  readonly signal: AbortSignal;
}

export interface ShellEnd {
  /** Whether it ended by itself with exit code 0. */
  readonly ok: boolean;
  /** "exit code 1", "signal SIGKILL", "not done within 60s", or why it could not be started. */
  readonly how: string;
  readonly timedOut: boolean;
  readonly output: string;
  readonly error: string;
}

/** Never rejects. */
export type RunShell = (run: ShellRun) => Promise<ShellEnd>;

const OUTPUT_BOUND = 4096;
/** Between SIGTERM and SIGKILL, as in fail2ban. */
const GRACE_MS = 200;
/** How long output is waited for after the end; a background process may hold the pipe for ever. */
const LAST_OUTPUT_MS = 50;
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

type Shell = ChildProcessByStdio<null, Readable, Readable>;

export const runShell: RunShell = (run) => {
  if (run.signal.aborted) return Promise.resolve(notRun("not run: it is too late"));
  const started = start(run);
  if (typeof started === "string") return Promise.resolve(notRun(started));
  return watch(started, run);
};

function start({ script, variables }: ShellRun): Shell | string {
  try {
    return spawn("/bin/sh", ["-c", script], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      cwd: "/",
      env: { ...ownEnvironment(), ...variables },
    });
  } catch (error) {
    // Too long a script or a NUL in it is refused before there is a process.
    return reasonOf(error);
  }
}

function notRun(how: string): ShellEnd {
  return { ok: false, how, timedOut: false, output: "", error: "" };
}

function watch(
  shell: Shell,
  { timeoutMilliseconds, signal }: Pick<ShellRun, "timeoutMilliseconds" | "signal">,
): Promise<ShellEnd> {
  const [output, error] = [keepHead(shell.stdout), keepHead(shell.stderr)];
  return new Promise((resolve) => {
    let timedOut = false;
    let killing: NodeJS.Timeout | undefined;
    const stop = (): void => {
      killGroup(shell.pid, "SIGTERM");
      killing = setTimeout(() => killGroup(shell.pid, "SIGKILL"), GRACE_MS);
    };
    const limit = setTimeout(() => {
      timedOut = true;
      stop();
    }, timeoutMilliseconds);
    const end = (ok: boolean, how: string): void => {
      clearTimeout(limit);
      signal.removeEventListener("abort", stop);
      shell.stdout.destroy();
      shell.stderr.destroy();
      resolve({ ok: ok && !timedOut, how, timedOut, output: output(), error: error() });
    };
    signal.addEventListener("abort", stop, { once: true });
    shell.once("error", (cause) => end(false, cause.message));
    shell.once("exit", (code, name) => {
      clearTimeout(limit);
      clearTimeout(killing);
      // Its leader is gone; what of a stopped group is left must not outlive it.
      if (killing !== undefined) killGroup(shell.pid, "SIGKILL");
      const how = timedOut
        ? `not done within ${timeoutMilliseconds / 1000}s`
        : name === null
          ? `exit code ${code}`
          : `signal ${name}`;
      const last = setTimeout(() => end(code === 0, how), LAST_OUTPUT_MS);
      shell.once("close", () => {
        clearTimeout(last);
        end(code === 0, how);
      });
    });
  });
}

/** What the daemon was given, so that an operator's settings reach his scripts; not what only concerns the daemon. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const own = /^(?:NODE_|LISTEN_|WATCHDOG_|NOTIFY_SOCKET$|JOURNAL_STREAM$|MANAGERPID$)/;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  return { PATH: USUAL_PATH, LANG: "C.UTF-8", ...Object.fromEntries(kept) };
}

function keepHead(stream: Readable): () => string {
  let head = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    if (head.length < OUTPUT_BOUND) head = (head + text).slice(0, OUTPUT_BOUND);
  });
  // A broken pipe at the end says nothing that the exit does not.
  stream.on("error", () => undefined);
  return () => head.trim();
}

function killGroup(leader: number | undefined, name: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, name);
  } catch {
    // No such group: it has ended by itself, which is what we want.
  }
}

/**
 * Runs an administrator's shell script to its end. This is the only code of the daemon that starts a shell. Values are
 * passed only as environment variables. The shell leads a separate session and process group, which gets SIGTERM on
 * time-out and SIGKILL soon after. Keeps the first 4 KiB of each output stream, and reads the rest so that the shell
 * never blocks. Background processes of the script keep running.
 */
import { reasonOf } from "../explain-system-error.ts";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";

export interface ShellRun {
  readonly script: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds: number;
  /** Stops the script when it aborts. */
  readonly signal: AbortSignal;
}

export interface ShellEnd {
  /** Whether the script exited with code 0. */
  readonly ok: boolean;
  /** How it ended: "exit code 1", "signal SIGKILL", "not done within 60s", or why it could not be started. */
  readonly how: string;
  readonly timedOut: boolean;
  readonly output: string;
  readonly error: string;
}

/** Runs a script. Never rejects. */
export type RunShell = (run: ShellRun) => Promise<ShellEnd>;

const MAX_OUTPUT_BYTES = 4096;
/** Milliseconds between SIGTERM and SIGKILL, as in fail2ban. */
const GRACE_MS = 200;
/**
 * Maximum wait for output after the exit, in milliseconds, because a background process may keep the pipe open forever.
 */
const LAST_OUTPUT_MS = 50;
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

type Shell = ChildProcessByStdio<null, Readable, Readable>;

export const runShell: RunShell = (run) => {
  if (run.signal.aborted) return Promise.resolve(notRun("not run: its time is over"));
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
    // Node throws for a script that is too long or contains NUL, before a process exists.
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
      // The leader has ended, but no process of a stopped group may outlive it.
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

/**
 * Returns the daemon's environment, so that an administrator's settings reach the scripts, without variables that
 * concern only the daemon.
 */
function ownEnvironment(): NodeJS.ProcessEnv {
  const own = /^(?:NODE_|LISTEN_|WATCHDOG_|NOTIFY_SOCKET$|JOURNAL_STREAM$|MANAGERPID$)/;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  return { PATH: USUAL_PATH, LANG: "C.UTF-8", ...Object.fromEntries(kept) };
}

function keepHead(stream: Readable): () => string {
  let head = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    if (head.length < MAX_OUTPUT_BYTES) head = (head + text).slice(0, MAX_OUTPUT_BYTES);
  });
  // Ignore a broken pipe, because the exit status says why the script ended.
  stream.on("error", () => undefined);
  return () => head.trim();
}

function killGroup(leader: number | undefined, name: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, name);
  } catch {
    // The group has already ended.
  }
}

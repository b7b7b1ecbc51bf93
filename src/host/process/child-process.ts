/**
 * Runs a child process that cannot outlive its use. Starts it from an argv array (never a shell) in a separate process
 * group, and stops the whole group on abort, or when its leader ends. The reader pulls the output, so a slow reader
 * blocks the child. Keeps the last 2 KiB of standard error, to explain a failure.
 */
import { reasonOf } from "../explain-system-error.ts";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";

const MAX_ERROR_LENGTH = 2048;
/** Maximum time from SIGTERM until SIGKILL, in milliseconds. */
const GRACE_MS = 1000;

export interface ChildEnd {
  /** Whether it exited with code 0. */
  readonly isOk: boolean;
  /** How it ended, as a predicate: "ended with exit code 1", "was ended by SIGKILL" or "could not be started: …". */
  readonly how: string;
}

export interface Child {
  /** Process id; undefined: the process could not be started. */
  readonly pid: number | undefined;
  readonly output: Readable;
  /** Returns the end of its standard error, trimmed. */
  errorOutput(): string;
  /** Never rejects. */
  readonly ended: Promise<ChildEnd>;
}

/** Starts a child. `argv[0]` is an absolute path (see find-program.ts). */
export function openChild(argv: readonly string[], signal: AbortSignal): Child {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    cwd: "/",
    env: childEnvironment(),
  });
  const errorOutput = keepTail(child.stderr);
  const ended = watchEnd(child);
  stopOnAbort(child.pid, ended, signal);
  return { pid: child.pid, output: child.stdout, errorOutput, ended };
}

/** Waits for the end of a child, and describes it: "nft monitor ended with exit code 1: …". Never rejects. */
export async function explainEnd(
  name: string,
  { ended, errorOutput }: Pick<Child, "ended" | "errorOutput">,
): Promise<string> {
  const { how } = await ended;
  const error = errorOutput();
  return `${name} ${how}${error === "" ? "" : `: ${error}`}`;
}

function childEnvironment(): NodeJS.ProcessEnv {
  const zone = process.env["TZ"];
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C.UTF-8",
    ...(zone === undefined ? {} : { TZ: zone }),
  };
}

function keepTail(stderr: Readable): () => string {
  let tail = "";
  stderr.setEncoding("utf8");
  stderr.on("data", (text: string) => {
    tail = (tail + text).slice(-MAX_ERROR_LENGTH);
  });
  // Ignore a broken pipe, because the exit status says why the child ended.
  stderr.on("error", () => undefined);
  return () => tail.trim();
}

function watchEnd(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once("error", (error) =>
      resolve({ isOk: false, how: `could not be started: ${reasonOf(error)}` }),
    );
    child.once("exit", (code, name) => {
      // Processes that the leader started must not outlive it.
      if (child.pid !== undefined) killGroup(child.pid, "SIGKILL");
      const how = name === null ? `ended with exit code ${code}` : `was ended by ${name}`;
      resolve({ isOk: code === 0, how });
    });
  });
}

function stopOnAbort(pid: number | undefined, ended: Promise<ChildEnd>, signal: AbortSignal): void {
  if (pid === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    killGroup(pid, "SIGTERM");
    timer = setTimeout(() => killGroup(pid, "SIGKILL"), GRACE_MS);
  };
  void ended.then(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  });
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
}

function killGroup(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name);
  } catch {
    // The group has already ended.
  }
}

/**
 * Runs a short-lived program to its end: text in on standard input, text out, both bounded. An argv array, never a
 * shell. For children that stream see child-process.ts.
 */
import { spawn } from "node:child_process";

export interface ProgramRun {
  /** `argv[0]` is an absolute path (see find-program.ts). */
  readonly argv: readonly string[];
  readonly input: string;
  readonly timeoutMilliseconds: number;
}

export interface ProgramEnd {
  /** Whether it ended by itself with exit code 0. */
  readonly ok: boolean;
  readonly output: string;
  /** What it wrote to standard error, or why it could not be run. */
  readonly error: string;
}

/** Kept of each stream; the rest is read and dropped so that the child never blocks. */
const OUTPUT_BOUND = 16 * 1024 * 1024;

/** Never rejects. */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const [program = "", ...args] = run.argv;
    const child = spawn(program, args, {
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" },
      timeout: run.timeoutMilliseconds,
      killSignal: "SIGKILL",
    });
    const [output, error] = [keepHead(child.stdout), keepHead(child.stderr)];
    child.once("error", (cause) => resolve({ ok: false, output: "", error: cause.message }));
    child.once("close", (code, signal) => {
      const ended = signal === null ? `exit code ${code}` : `ended by ${signal}`;
      resolve({ ok: code === 0, output: output(), error: error() || (code === 0 ? "" : ended) });
    });
    // A child that ends early breaks the pipe; its exit says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(run.input);
  });
}

function keepHead(stream: NodeJS.ReadableStream): () => string {
  const parts: string[] = [];
  let length = 0;
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    if (length < OUTPUT_BOUND) parts.push(text);
    length += text.length;
  });
  return () => parts.join("");
}

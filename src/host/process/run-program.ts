/**
 * Runs a short-lived program to its end: text in on standard input, text out, both bounded. Takes an argv array, never
 * a shell command. For children that stream output, see child-process.ts.
 */
import { spawn } from "node:child_process";
import { describeTimeout } from "./describe-timeout.ts";
import { keepHead } from "./keep-head.ts";

export interface ProgramRun {
  /** `argv[0]` is an absolute path (see find-program.ts). */
  readonly argv: readonly string[];
  readonly input: string;
  readonly timeoutMilliseconds: number;
}

export interface ProgramEnd {
  /** Whether the program exited with code 0. */
  readonly ok: boolean;
  readonly output: string;
  /** Its standard error without surrounding white space; if that is empty, why it failed. Begins with an exceeded time limit. */
  readonly error: string;
  readonly hasTimedOut: boolean;
}

/** Maximum length kept of each stream. */
const MAX_OUTPUT_LENGTH = 16 * 1024 * 1024;

/** Runs a program. Never rejects. */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const [program = "", ...args] = run.argv;
    const child = spawn(program, args, {
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" },
    });
    let hasTimedOut = false;
    const limit = setTimeout(() => {
      hasTimedOut = child.kill("SIGKILL");
    }, run.timeoutMilliseconds);
    const output = keepHead(child.stdout, MAX_OUTPUT_LENGTH);
    const error = keepHead(child.stderr, MAX_OUTPUT_LENGTH);
    child.once("error", (cause) => {
      clearTimeout(limit);
      resolve({ ok: false, output: "", error: cause.message, hasTimedOut: false });
    });
    child.once("close", (code, signal) => {
      clearTimeout(limit);
      const said = error().trim();
      const failure = hasTimedOut
        ? [describeTimeout(run.timeoutMilliseconds), said].filter(Boolean).join(": ")
        : said || (signal === null ? `exit code ${code}` : `ended by ${signal}`);
      const ok = code === 0;
      resolve({ ok, output: output(), error: ok ? said : failure, hasTimedOut });
    });
    // Ignore a broken pipe, because the exit status says why the program ended.
    child.stdin.on("error", () => undefined);
    child.stdin.end(run.input);
  });
}

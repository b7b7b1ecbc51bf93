/**
 * A child process that answers: one line of JSON in, one line of JSON out, in turn. A group of its own, which is killed
 * when an answer does not come in time, and on close. Answers are bounded; what it writes to standard error is kept to
 * 2 KiB for the reason of a failure.
 */
import { reasonOf } from "../explain-system-error.ts";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

export interface JsonChildOptions {
  /** `argv[0]` is an absolute path. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface JsonChild {
  /** The answer, or why there is none; then the child is gone. Never rejects. One question at a time. */
  ask(question: unknown, timeoutMilliseconds: number): Promise<JsonAnswer>;
  readonly gone: boolean;
  close(): void;
}

export type JsonAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string };

const ANSWER_BOUND = 64 * 1024;
const COMPLAINT_BOUND = 2048;

type Process = ChildProcessByStdio<Writable, Readable, Readable>;

export function openJsonChild({ argv, env }: JsonChildOptions): JsonChild {
  const [program = "", ...args] = argv;
  const child: Process = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    cwd: "/",
    env: { ...env },
  });
  let complaint = "";
  let pending = "";
  let gone = false;
  let answer: ((end: JsonAnswer) => void) | undefined;

  function settle(end: JsonAnswer): void {
    answer?.(end);
    answer = undefined;
  }

  function end(why: string): void {
    gone = true;
    killGroup(child.pid);
    const said = complaint.trim();
    settle({ ok: false, error: said === "" ? why : `${why}: ${said}` });
  }

  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_BOUND);
  });
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    pending += text;
    const newline = pending.indexOf("\n");
    if (newline < 0) {
      if (pending.length > ANSWER_BOUND) end("its answer has no end");
      return;
    }
    const line = pending.slice(0, newline);
    pending = pending.slice(newline + 1);
    try {
      settle({ ok: true, value: JSON.parse(line) });
    } catch {
      end("its answer is no JSON");
    }
  });
  // A child that ends early breaks the pipes; its exit says why.
  for (const stream of [child.stdin, child.stdout, child.stderr])
    stream.on("error", () => undefined);
  child.once("error", (error) => end(reasonOf(error)));
  child.once("exit", (code, name) => end(name === null ? `exit code ${code}` : `signal ${name}`));

  return {
    get gone() {
      return gone;
    },
    ask(question, timeoutMilliseconds) {
      if (gone) return Promise.resolve({ ok: false, error: complaint.trim() || "it has ended" });
      return new Promise((resolve) => {
        const limit = setTimeout(
          () => end(`not done within ${timeoutMilliseconds / 1000}s`),
          timeoutMilliseconds,
        );
        answer = (found) => {
          clearTimeout(limit);
          resolve(found);
        };
        complaint = "";
        child.stdin.write(`${JSON.stringify(question)}\n`);
      });
    },
    close() {
      if (!gone) end("closed");
    },
  };
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/**
 * Exchanges questions and answers with a child process, one line of JSON each. Kills its process group when an answer
 * is late, and on close. Answers are bounded; the last 2 KiB of standard error explain a failure.
 */
import { reasonOf } from "../explain-system-error.ts";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { describeTimeout } from "./describe-timeout.ts";

export interface JsonChildOptions {
  /** `argv[0]` is an absolute path. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export type JsonAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string };

const MAX_ANSWER_LENGTH = 64 * 1024;
const MAX_ERROR_LENGTH = 2048;

type Process = ChildProcessByStdio<Writable, Readable, Readable>;

export class JsonChild {
  readonly #process: Process;
  /** The end of its standard error since the last question. */
  #errorOutput = "";
  /** The answer so far, up to its newline. */
  #partialAnswer = "";
  #gone = false;
  #onAnswer: ((answer: JsonAnswer) => void) | undefined;

  constructor({ argv, env }: JsonChildOptions) {
    const [program = "", ...args] = argv;
    const child: Process = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      cwd: "/",
      env: { ...env },
    });
    this.#process = child;
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-MAX_ERROR_LENGTH);
    });
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => this.#readAnswer(text));
    // Ignore a broken pipe, because the exit status says why the child ended.
    for (const stream of [child.stdin, child.stdout, child.stderr])
      stream.on("error", () => undefined);
    child.once("error", (error) => this.#end(reasonOf(error)));
    child.once("exit", (code, name) =>
      this.#end(name === null ? `exit code ${code}` : `signal ${name}`),
    );
  }

  get gone(): boolean {
    return this.#gone;
  }

  /**
   * Asks a question. Resolves with the answer, or the reason why none came; the child has then ended. Never rejects.
   * One question at a time.
   */
  ask(question: unknown, timeoutMilliseconds: number): Promise<JsonAnswer> {
    if (this.#gone) {
      const error = this.#errorOutput.trim() || "the process has ended";
      return Promise.resolve({ ok: false, error });
    }
    return new Promise((resolve) => {
      const limit = setTimeout(
        () => this.#end(describeTimeout(timeoutMilliseconds)),
        timeoutMilliseconds,
      );
      this.#onAnswer = (answer) => {
        clearTimeout(limit);
        resolve(answer);
      };
      this.#errorOutput = "";
      this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }

  close(): void {
    if (!this.#gone) this.#end("closed");
  }

  #readAnswer(text: string): void {
    this.#partialAnswer += text;
    const newline = this.#partialAnswer.indexOf("\n");
    if (newline < 0) {
      if (this.#partialAnswer.length > MAX_ANSWER_LENGTH)
        this.#end("its answer is longer than 64 KiB");
      return;
    }
    const line = this.#partialAnswer.slice(0, newline);
    this.#partialAnswer = this.#partialAnswer.slice(newline + 1);
    try {
      this.#settle({ ok: true, value: JSON.parse(line) });
    } catch {
      this.#end("its answer is not valid JSON");
    }
  }

  #end(why: string): void {
    this.#gone = true;
    killGroup(this.#process.pid);
    const complaint = this.#errorOutput.trim();
    this.#settle({ ok: false, error: complaint === "" ? why : `${why}: ${complaint}` });
  }

  #settle(answer: JsonAnswer): void {
    this.#onAnswer?.(answer);
    this.#onAnswer = undefined;
  }
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // The group has already ended.
  }
}

/** Reads a program's output line by line, each with its arrival time, and ends the program on disposal. */
import { type ChildProcess, spawn } from "node:child_process";

export interface ToldLine {
  readonly text: string;
  /** Arrival time: performance.now() when the piece of output with this line was read. */
  readonly at: number;
}

export interface FollowedProgram extends AsyncDisposable {
  readonly pid: number;
  /** Calls the listener for every later line; one listener at a time. */
  listen(listener: (line: ToldLine) => void): void;
  /** Resolves with the next matching line; rejects with the last output if the program ends or takes too long. */
  first(fits: (text: string) => boolean, withinMs: number): Promise<ToldLine>;
}

export interface FollowOptions {
  readonly argv: readonly string[];
  readonly stream: "stdout" | "stderr";
  readonly env?: Readonly<Record<string, string>>;
}

const MAX_KEPT_LINES = 20;
const GRACE_MS = 5000;

export function followProgram({ argv, stream, env }: FollowOptions): FollowedProgram {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    stdio: ["ignore", stream === "stdout" ? "pipe" : "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  const listeners = new Set<(line: ToldLine) => void>();
  const ended = Promise.withResolvers<void>();
  const kept: string[] = [];
  child.once("error", (error) => kept.push(error.message));
  child.once("close", () => ended.resolve());
  const take = (text: string, at: number): void => {
    kept.push(text);
    if (kept.length > MAX_KEPT_LINES) kept.shift();
    for (const listener of listeners) listener({ text, at });
  };
  splitLines(child, stream, take);
  if (stream === "stdout") splitLines(child, "stderr", (text) => void kept.push(text));
  let current: ((line: ToldLine) => void) | undefined;
  return {
    pid: child.pid ?? -1,
    listen(listener) {
      if (current !== undefined) listeners.delete(current);
      current = listener;
      listeners.add(listener);
    },
    async first(fits, withinMs) {
      const found = Promise.withResolvers<ToldLine>();
      const listener = (line: ToldLine): void => {
        if (fits(line.text)) found.resolve(line);
      };
      const fail = (how: string) => (): void =>
        found.reject(new Error(`${argv.join(" ")} ${how}:\n${kept.join("\n")}`));
      const timer = setTimeout(fail(`did not say it within ${withinMs} ms`), withinMs);
      void ended.promise.then(fail("ended"));
      listeners.add(listener);
      try {
        return await found.promise;
      } finally {
        clearTimeout(timer);
        listeners.delete(listener);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      await ended.promise;
      clearTimeout(timer);
    },
  };
}

function splitLines(
  child: ChildProcess,
  stream: "stdout" | "stderr",
  take: (text: string, at: number) => void,
): void {
  let rest = "";
  child[stream]?.setEncoding("utf8").on("data", (piece: string) => {
    const at = performance.now();
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line, at);
  });
}

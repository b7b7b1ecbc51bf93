/** Runs a shell command at a real terminal (a pty), and lets callers type and wait for what it shows. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";

export interface TerminalProgram extends AsyncDisposable {
  /** Everything that it wrote. */
  readonly output: string;
  type(keys: string): void;
  /** Resolves with the match, at the latest `from` characters of output. */
  until(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  /** Changes the size of the terminal, as a person does with the mouse. */
  resize(columns: number, rows: number): void;
}

const LIMIT_MS = 60_000;

/** The terminal has 80 columns and 24 rows. */
export async function openTerminalProgram(
  command: string,
  env: Readonly<Record<string, string>>,
): Promise<TerminalProgram> {
  const typed = `stty cols 80 rows 24; echo terminal=$(tty); ${command}`;
  const child = spawn("/usr/bin/script", ["-qec", typed, "/dev/null"], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => void child.once("close", resolve));
  let output = "";
  let onOutput = (): void => undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    onOutput();
  });
  const until = async (pattern: RegExp, from = 0): Promise<RegExpExecArray> => {
    const found = (): RegExpExecArray | null => pattern.exec(output.slice(from));
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    onOutput = () => {
      const match = found();
      if (match !== null) resolve(match);
    };
    onOutput();
    const fail = (): void => reject(new Error(`no ${pattern} in ${JSON.stringify(output)}`));
    const timer = setTimeout(fail, LIMIT_MS);
    void ended.then(fail);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      onOutput = () => undefined;
    }
  };
  const [, device = ""] = await until(/terminal=(\S+)\r\n/);
  return {
    get output() {
      return output;
    },
    type: (keys) => void child.stdin.write(keys),
    until,
    resize: (columns, rows) => {
      const size = ["cols", String(columns), "rows", String(rows)];
      assert.equal(spawnSync("stty", ["-F", device, ...size]).status, 0);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/**
 * Wall and processor time of one run of a program, as the shell's `time` reports them. Output goes to /dev/null; the
 * processor time includes the program's own children.
 */
import { execFileSync } from "node:child_process";

export interface ProgramTime {
  readonly wall: number;
  /** User and system time together. */
  readonly processor: number;
}

export interface TimedProgram {
  readonly argv: readonly string[];
  /** File for its standard input. */
  readonly input?: string;
}

const MAX_RUN_MS = 300_000;

export function timeProgram({ argv, input = "/dev/null" }: TimedProgram): ProgramTime {
  const script = 'TIMEFORMAT="%3R %3U %3S"; { time "$@" >/dev/null 2>&3 <"$0"; } 3>/dev/null';
  const text = execFileSync("/bin/bash", ["-c", `exec 2>&1; ${script}`, input, ...argv], {
    encoding: "utf8",
    timeout: MAX_RUN_MS,
  });
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = text
    .trim()
    .split(" ")
    .map(Number);
  if (!Number.isFinite(wall + user + system)) throw new Error(`${argv.join(" ")}: ${text}`);
  return { wall, processor: user + system };
}

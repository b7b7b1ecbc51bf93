/**
 * Measures wall and processor time of a program in seconds, with the shell's `time`. Output goes to /dev/null;
 * processor time includes child processes.
 */
import { execFileSync } from "node:child_process";

export interface ProgramTime {
  readonly wall: number;
  /** User plus system time in seconds. */
  readonly processor: number;
}

export interface TimedProgram {
  readonly argv: readonly string[];
  /** Path of a file for its standard input. */
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

/**
 * Runs one program of this checkout as a named step and reports its result. A `quiet` step shows its output only if it
 * fails; a `streamed` one shows it immediately.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { killStuckChildren } from "./kill-stuck-children.ts";

export const ROOT: string = join(import.meta.dirname, "..");

export interface Step {
  readonly name: string;
  /** Arguments of Node: a script with its arguments, or flags. */
  readonly args: readonly string[];
  readonly output: "quiet" | "streamed";
  /** Child processes of the program that live longer than this are killed. */
  readonly childBoundSeconds?: number;
}

export interface StepEnd {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** Additional text shown beside the time. */
  readonly note: string;
}

export async function runStep(step: Step): Promise<StepEnd> {
  const { name, args, output, childBoundSeconds } = step;
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: output === "quiet" ? ["ignore", "pipe", "pipe"] : "inherit",
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  }
  const unwatch =
    childBoundSeconds === undefined || child.pid === undefined
      ? undefined
      : killStuckChildren(child.pid, childBoundSeconds);
  const ended = Promise.withResolvers<string>();
  child.once("error", (error) => ended.resolve(error.message));
  child.once("close", (code, signal) => {
    ended.resolve(code === 0 ? "" : `exit ${code ?? signal ?? "unknown"}`);
  });
  const note = await ended.promise;
  unwatch?.();
  const end = { name, ok: note === "", seconds: (performance.now() - start) / 1000, note };
  if (output === "quiet") {
    console.log(formatStepEnd(end));
    if (!end.ok) process.stdout.write(Buffer.concat(chunks));
  }
  return end;
}

export function formatStepEnd({ name, ok, seconds, note }: StepEnd): string {
  const verdict = ok ? "ok    " : "FAILED";
  const time = `${seconds.toFixed(1)} s`.padStart(8);
  return `${verdict} ${name.padEnd(12)} ${time}  ${note}`.trimEnd();
}

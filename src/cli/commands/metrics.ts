/** Prints metrics of the daemon, or replaces a file with them that a monitoring system reads. */
import { randomUUID } from "node:crypto";
import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { CodedError } from "../../domain/errors.ts";
import { systemReason } from "../../host/explain-system-error.ts";
import { type MetricReply, NOT_UP } from "../../telemetry/metrics.ts";
import { renderMetrics } from "../../telemetry/render-metrics.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

export interface MetricsOptions {
  readonly json: boolean;
  /** Path of the file to replace. */
  readonly out?: string;
}

export async function metrics(
  context: CommandContext,
  { json, out }: MetricsOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  if (out !== undefined) {
    if (json) throw new CodedError("usage", "--json and --out together", { hint: "choose one" });
    await writeMetrics(out, ask(context, "metrics", {}));
    return EXIT.ok;
  }
  const replies = await ask(context, "metrics", {});
  terminal.print(json ? JSON.stringify(replies) : renderMetrics(replies, "text").trimEnd());
  return EXIT.ok;
}

/** Writes the answer, or that no daemon gave one: old values would look like those of a running daemon. */
async function writeMetrics(path: string, answer: Promise<readonly MetricReply[]>): Promise<void> {
  try {
    replaceFile(path, await answer);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code === "metrics-not-written") throw error;
    replaceFile(path, NOT_UP);
    throw error;
  }
}

/**
 * A reader sees the old file or the new one, never a part. The name of the temporary file cannot be guessed, so nobody
 * who may write to the directory can place a link there. It does not end in .prom, which the collector would read.
 */
function replaceFile(path: string, replies: readonly MetricReply[]): void {
  const temporary = `${path}.${randomUUID()}`;
  try {
    writeFileSync(temporary, renderMetrics(replies, "text"), { flag: "wx" });
    // Whatever the umask, the collector runs as another user.
    chmodSync(temporary, 0o644);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CodedError("metrics-not-written", `cannot write ${path}: ${systemReason(error)}`, {
      hint: "specify a file in a directory that you may write to",
      cause: error,
    });
  }
}

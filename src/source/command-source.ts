/**
 * Implements the `LineSource` port for the output of a command: each line of its standard output is a log line.
 * Restarts the command when it ends. Has no cursor: output while the daemon is stopped is lost.
 */
import type { Clock } from "../domain/clock.ts";
import type { Duration } from "../domain/duration.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import type { RecordStart } from "../domain/record-start.ts";
import type { LineSource } from "../domain/line-source.ts";
import { findProgram } from "../host/process/find-program.ts";
import type { Emit } from "../telemetry/events.ts";
import { createLineAssembler } from "./line-assembler.ts";
import { RunState } from "./run-state.ts";
import { createSourceTally } from "./source-tally.ts";
import { superviseOutput } from "./supervise-output.ts";
import type { TakenLines } from "./take-lines.ts";
import { withSilences } from "./with-silences.ts";

export interface CommandSourceOptions {
  /** Program and arguments; a program without a path is searched for in the system folders. Never a shell command. */
  readonly argv: readonly string[];
  readonly firstWait?: Duration;
  /** Longest wait between two starts; default: 30 s. */
  readonly longestWait?: Duration;
  /** See `SuperviseOptions`. */
  readonly steadyAfter?: Duration;
  /** Joins lines to records that begin so. */
  readonly start?: RecordStart | undefined;
  readonly clock: Clock;
  readonly emit: Emit;
}

/** Creates the source. `batches` starts the command, and may be called once. */
export function openCommandSource(options: CommandSourceOptions): LineSource {
  const { argv, clock, emit, start } = options;
  const where = argv.join(" ");
  const tally = createSourceTally(where, clock, emit);
  const run = new RunState({
    isTrusted: false,
    onReading: () => emit({ event: "source-started", source: where, from: "its output" }),
  });

  function command(): readonly string[] | string {
    const [name = "", ...args] = argv;
    const program = findProgram(name);
    if (program !== undefined) return [program, ...args];
    return `${name || "the command"} is missing or not executable: specify its full path`;
  }

  function batchOf(taken: TakenLines): LineBatch {
    tally.count(taken);
    const { text, records } = taken;
    return { text, records, fields: undefined, arrival: "live", cursor: undefined };
  }

  async function* batches(signal: AbortSignal): AsyncIterable<LineBatch> {
    let lines = createLineAssembler(start);
    const onSteady = (): void => run.worked();
    const output = superviseOutput({ ...options, command, onSteady }, signal);
    for await (const event of start === undefined ? output : withSilences(output)) {
      if (event === "silence") {
        const last = lines.settle();
        if (last !== undefined) yield batchOf(last);
        continue;
      }
      const taken = event.kind === "bytes" ? lines.push(event.chunk) : lines.end("missing");
      if (event.kind === "started") {
        lines = createLineAssembler(start);
        run.started();
      }
      if (event.kind === "bytes" && taken !== undefined) run.worked();
      if (event.kind === "ended") {
        const { reason, retryIn } = event;
        run.failed(reason);
        emit({ event: "source-failed", source: where, reason, retry_in: retryIn });
      }
      if (taken !== undefined) yield batchOf(taken);
    }
    run.ended();
  }

  return {
    id: `command:${JSON.stringify(argv)}`,
    batches,
    status: () => ({
      kind: "command",
      where,
      ...run.current,
      ...tally.counts(),
    }),
  };
}

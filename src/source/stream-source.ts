/**
 * Implements the `LineSource` port for a stream that the caller opened, such as standard input. Ends with the stream.
 */
import { reasonOf } from "../host/explain-system-error.ts";
import type { Readable } from "node:stream";
import type { Clock } from "../domain/clock.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import type { RecordStart } from "../domain/record-start.ts";
import type { LineSource, SourceStatus } from "../domain/line-source.ts";
import type { Emit } from "../telemetry/events.ts";
import { decompress } from "../host/decompress.ts";
import { createLineAssembler } from "./line-assembler.ts";
import { createSourceTally } from "./source-tally.ts";
import type { TakenLines } from "./take-lines.ts";
import { withSilences } from "./with-silences.ts";

export interface StreamSourceOptions {
  /** A stream of bytes, plain or compressed, that no one else reads. */
  readonly stream: Readable;
  /** For display: "standard input". */
  readonly where: string;
  /** Joins lines to records that begin so. */
  readonly start?: RecordStart | undefined;
  readonly clock: Clock;
  readonly emit: Emit;
}

/** Creates the source. `batches` may be called once. */
export function openStreamSource(options: StreamSourceOptions): LineSource {
  const { stream, where, clock, emit, start } = options;
  const tally = createSourceTally(where, clock, emit);
  let state: SourceStatus["state"] = "reading";
  let reason: string | undefined;

  function batchOf(taken: TakenLines): LineBatch {
    tally.count(taken);
    const { text, records } = taken;
    return { text, records, fields: undefined, arrival: "live", cursor: undefined };
  }

  async function* batches(signal: AbortSignal): AsyncIterable<LineBatch> {
    const lines = createLineAssembler(start);
    const stop = (): void => void stream.destroy();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      const chunks = decompress(stream);
      for await (const chunk of start === undefined ? chunks : withSilences(chunks)) {
        const taken = chunk === "silence" ? lines.settle() : lines.push(chunk);
        if (taken !== undefined) yield batchOf(taken);
      }
      const last = lines.end("missing");
      if (last !== undefined) yield batchOf(last);
    } catch (error) {
      if (!signal.aborted) reason = reasonOf(error);
    } finally {
      signal.removeEventListener("abort", stop);
      state = reason === undefined ? "ended" : "failed";
      emit(
        reason === undefined
          ? { event: "source-ended", source: where }
          : { event: "source-failed", source: where, reason, retry_in: undefined },
      );
    }
  }

  return {
    id: `stream:${where}`,
    batches,
    status: () => ({
      kind: "stdin",
      where,
      state,
      reason,
      ...tally.counts(),
    }),
  };
}

export function openStdinSource(
  clock: Clock,
  emit: Emit,
  start: RecordStart | undefined,
): LineSource {
  return openStreamSource({ stream: process.stdin, where: "standard input", start, clock, emit });
}

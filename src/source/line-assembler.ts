/**
 * Assembles complete lines, or with `start` complete records, from chunks of a stream. Owns the beginning of the
 * incomplete one, at most the maximum of a line; bytes beyond that are counted and dropped.
 */
import type { RecordStart } from "../domain/record-start.ts";
import { type LineEnding, maxBytesOfLine, skipNuls, type TakenLines } from "./take-lines.ts";
import { type TakeOptions, takeNext, takeRest } from "./take-records.ts";
import { ROW_BEGINS } from "./step-row.ts";
import { rowsFrom } from "./take-rows.ts";

export interface LineAssembler {
  /** Returns the lines that are complete now. */
  push(chunk: Buffer): TakenLines | undefined;
  /** Returns the incomplete last line or record, at the end of the stream. */
  end(ending: LineEnding): TakenLines | undefined;
  /** Returns the last record, because no line followed for a while. Its lines must be complete. */
  settle(): TakenLines | undefined;
  /** Returns the bytes of the stream that the lines returned so far consumed. */
  consumed(): number;
}

export function createLineAssembler(start?: RecordStart): LineAssembler {
  let partial: Buffer = Buffer.alloc(0);
  /** Bytes of the incomplete line beyond the maximum, already dropped. */
  let dropped = 0;
  let consumed = 0;
  const how: TakeOptions = { start, rows: { last: rowsFrom(ROW_BEGINS) } };

  function keep(rest: Buffer): void {
    // NULs before a line are not part of it, and must not count against the maximum.
    const first = skipNuls(rest, 0, rest.length);
    consumed += first;
    partial = Buffer.from(rest.subarray(first, first + maxBytesOfLine(rest, first) + 1));
    dropped = rest.length - first - partial.length;
  }

  function finishLong(ending: LineEnding): TakenLines {
    const length = partial.length + dropped;
    return takeRest(partial, partial.length, { length, ending }, how);
  }

  function push(chunk: Buffer): TakenLines | undefined {
    if (partial.length > maxBytesOfLine(partial, 0)) {
      const newline = chunk.indexOf(10);
      if (newline < 0) {
        dropped += chunk.length;
        return undefined;
      }
      dropped += newline;
      const long = finishLong("complete");
      consumed += long.bytes + 1;
      partial = Buffer.alloc(0);
      dropped = 0;
      const more = push(chunk.subarray(newline + 1));
      return more === undefined ? long : join(long, more);
    }
    const whole = partial.length === 0 ? chunk : Buffer.concat([partial, chunk]);
    const taken = takeNext(whole, whole.length, how);
    consumed += taken?.bytes ?? 0;
    keep(whole.subarray(taken?.bytes ?? 0));
    return taken;
  }

  function end(ending: LineEnding): TakenLines | undefined {
    if (partial.length === 0) return undefined;
    const last = finishLong(ending);
    consumed += last.bytes;
    partial = Buffer.alloc(0);
    dropped = 0;
    return last;
  }

  function settle(): TakenLines | undefined {
    const taken = start && takeNext(partial, partial.length, { ...how, more: "none" });
    if (taken === undefined) return undefined;
    consumed += taken.bytes;
    partial = Buffer.alloc(0);
    return taken;
  }
  return { push, end, settle, consumed: () => consumed };
}

function join(a: TakenLines, b: TakenLines): TakenLines {
  return {
    text: a.text + b.text,
    bytes: a.bytes + b.bytes,
    cutLines: a.cutLines + b.cutLines,
    longestCut: Math.max(a.longestCut, b.longestCut),
    ...(a.records && b.records && { records: [...a.records, ...b.records] }),
  };
}

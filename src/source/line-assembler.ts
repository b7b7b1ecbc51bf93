/**
 * Assembles complete lines from chunks of a stream. Owns the beginning of the incomplete line, at most MAX_LINE_BYTES;
 * bytes beyond that are counted and dropped.
 */
import {
  decodeLine,
  MAX_LINE_BYTES,
  type LineEnding,
  skipNuls,
  type TakenLines,
  takeLines,
} from "./take-lines.ts";

export interface LineAssembler {
  /** Returns the lines that are complete now. */
  push(chunk: Buffer): TakenLines | undefined;
  /** Returns the incomplete last line, at the end of the stream. */
  end(ending: LineEnding): TakenLines | undefined;
  /** Returns the bytes of the stream that the lines returned so far consumed. */
  consumed(): number;
}

export function createLineAssembler(): LineAssembler {
  let partial: Buffer = Buffer.alloc(0);
  /** Bytes of the incomplete line beyond the maximum, already dropped. */
  let dropped = 0;
  let consumed = 0;

  function keep(rest: Buffer): void {
    // NULs before a line are not part of it, and must not count against the maximum.
    const first = skipNuls(rest, 0, rest.length);
    consumed += first;
    partial = Buffer.from(rest.subarray(first, first + MAX_LINE_BYTES + 1));
    dropped = rest.length - first - partial.length;
  }

  function finishLong(ending: LineEnding): TakenLines {
    const length = partial.length + dropped;
    const isCut = length > MAX_LINE_BYTES || ending === "missing";
    return {
      text: decodeLine(partial, 0, partial.length, ending),
      bytes: length,
      cutLines: isCut ? 1 : 0,
      longestCut: isCut ? length : 0,
    };
  }

  function push(chunk: Buffer): TakenLines | undefined {
    if (partial.length > MAX_LINE_BYTES) {
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
    const taken = takeLines(whole, whole.length);
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

  return { push, end, consumed: () => consumed };
}

function join(a: TakenLines, b: TakenLines): TakenLines {
  return {
    text: a.text + b.text,
    bytes: a.bytes + b.bytes,
    cutLines: a.cutLines + b.cutLines,
    longestCut: Math.max(a.longestCut, b.longestCut),
  };
}

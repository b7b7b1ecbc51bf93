/** Splits bytes into lines of limited length. Buffers at most one incomplete line. */

export interface LineReader {
  /** Returns the completed lines; undefined if a line is too long or not UTF-8, and the stream must be closed. */
  push(bytes: Buffer): readonly string[] | undefined;
  /** Reports whether a line has begun and not ended. */
  unfinished(): boolean;
}

const NEWLINE = 10;

export function createLineReader(bound: number): LineReader {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let held: Buffer[] = [];
  let size = 0;
  return {
    push: (bytes) => {
      const lines: string[] = [];
      let start = 0;
      for (;;) {
        const end = bytes.indexOf(NEWLINE, start);
        const piece = bytes.subarray(start, end < 0 ? bytes.length : end);
        if (size + piece.length > bound) return undefined;
        if (end < 0) {
          if (piece.length > 0) held.push(piece);
          size += piece.length;
          return lines;
        }
        const line = held.length === 0 ? piece : Buffer.concat([...held, piece]);
        held = [];
        size = 0;
        start = end + 1;
        try {
          lines.push(decoder.decode(line));
        } catch {
          // Not UTF-8.
          return undefined;
        }
      }
    },
    unfinished: () => size > 0,
  };
}

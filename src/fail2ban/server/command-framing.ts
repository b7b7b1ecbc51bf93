/**
 * Splits the bytes of a connection into commands or replies. Each is a pickle followed by an end mark; no length
 * precedes it.
 */
export const END: Buffer = Buffer.from("<F2B_END_COMMAND>");
/** Sent instead of a pickle to end the connection. */
export const CLOSE: Buffer = Buffer.from("<F2B_CLOSE_COMMAND>");

export interface FrameReader {
  /** Returns the frames that this chunk completes, without end marks; "too-long": no mark within the bound. */
  push(chunk: Uint8Array): readonly Buffer[] | "too-long";
  /** Number of buffered bytes of an incomplete frame. */
  readonly pending: number;
}

const FIRST_CAPACITY = 4096;

/**
 * Creates a reader; `bound`: maximum bytes of a frame. Each byte is searched once, even if it arrives in many chunks.
 */
export function createFrameReader(bound: number): FrameReader {
  let buffer = Buffer.alloc(0);
  let used = 0;

  function grow(needed: number): void {
    if (needed <= buffer.length) return;
    const larger = Buffer.alloc(Math.max(FIRST_CAPACITY, needed, buffer.length * 2));
    buffer.copy(larger, 0, 0, used);
    buffer = larger;
  }

  return {
    push(chunk) {
      const before = used;
      grow(used + chunk.length);
      buffer.set(chunk, used);
      used += chunk.length;
      const frames: Buffer[] = [];
      let start = 0;
      // The mark may begin in the buffered bytes.
      let from = Math.max(0, before - END.length + 1);
      for (;;) {
        const end = buffer.subarray(0, used).indexOf(END, from);
        if ((end < 0 ? used : end) - start > bound + END.length) return "too-long";
        if (end < 0) break;
        frames.push(Buffer.from(buffer.subarray(start, end)));
        start = end + END.length;
        from = start;
      }
      if (start > 0) {
        // Frees the buffer of a large frame, as the connection may stay open.
        buffer = Buffer.from(buffer.subarray(start, used));
        used = buffer.length;
      }
      return frames;
    },
    get pending() {
      return used;
    },
  };
}

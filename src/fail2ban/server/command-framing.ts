/** How commands and replies follow one another on a connection: each a pickle, ended by a mark that has no length before it. */
export const END: Buffer = Buffer.from("<F2B_END_COMMAND>");
/** In place of a pickle: the connection is done. */
export const CLOSE: Buffer = Buffer.from("<F2B_CLOSE_COMMAND>");

export interface FrameReader {
  /** The frames that this chunk completes, without their end marks; "too-long": no mark within the bound. */
  push(chunk: Uint8Array): readonly Buffer[] | "too-long";
  /** Bytes of a frame that is not complete. */
  readonly pending: number;
}

const FIRST_CAPACITY = 4096;

/** `bound`: bytes of a frame. Bytes are looked at once, however they are cut into chunks. */
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
      // A mark may have begun in what came before.
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
        // The buffer of a large frame must not be kept for as long as the connection is open.
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

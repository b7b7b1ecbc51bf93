/** Writes to standard output in large pieces, until the reader closes the pipe (`| head`). */
import { codeOf } from "../../domain/thrown-error.ts";
import { writeSync } from "node:fs";
import { endOnOutputError } from "../output-error.ts";
import { hideControls } from "../hide-controls.ts";

export interface Output {
  print(text: string): void;
  /** False once the reader has closed the pipe. */
  readonly isWanted: boolean;
  flush(): void;
}

/** Number of pending characters that are written together. Small, because each garbage collection copies them. */
const FLUSH_LENGTH = 1 << 14;
const BUFFER_BYTES = 1 << 16;

export function createOutput(): Output {
  let pending = "";
  let isWanted = true;
  let room: Buffer | undefined;
  const isTerminal = process.stdout.isTTY;

  function flush(): void {
    const bytes = encode(isTerminal ? hideControls(pending) : pending);
    pending = "";
    for (let at = 0; isWanted && at < bytes.length; ) at += write(bytes, at);
  }

  function encode(text: string): Buffer {
    if (text.length * 3 > BUFFER_BYTES) return Buffer.from(text);
    room ??= Buffer.allocUnsafe(BUFFER_BYTES);
    return room.subarray(0, room.write(text));
  }

  function write(bytes: Buffer, at: number): number {
    try {
      return writeSync(1, bytes, at);
    } catch (error) {
      const code = codeOf(error);
      // The pipe is full: the caller tries again.
      if (code === "EAGAIN") return 0;
      if (code !== "EPIPE") endOnOutputError(error);
      isWanted = false;
      return 0;
    }
  }

  return {
    print(text) {
      pending += text;
      pending += "\n";
      if (pending.length > FLUSH_LENGTH) flush();
    },
    get isWanted() {
      return isWanted;
    },
    flush,
  };
}

/** Writes standard output in large pieces, and stops when its reader does (`| head`). */
import { codeOf } from "../../domain/thrown-error.ts";
import { writeSync } from "node:fs";
import { endOnOutputError } from "../output-error.ts";

export interface Output {
  print(text: string): void;
  /** false: the reader closed the pipe. */
  readonly isWanted: boolean;
  flush(): void;
}

/** Characters. What waits is copied by every collection of garbage, so it is not more. */
const PIECE = 1 << 14;
/** Bytes. */
const ROOM = 1 << 16;

export function createOutput(): Output {
  let pending = "";
  let isWanted = true;
  let room: Buffer | undefined;
  const isTerminal = process.stdout.isTTY;

  function flush(): void {
    const bytes = encode(isTerminal ? withoutControls(pending) : pending);
    pending = "";
    for (let at = 0; isWanted && at < bytes.length; ) at += write(bytes, at);
  }

  function encode(text: string): Buffer {
    if (text.length * 3 > ROOM) return Buffer.from(text);
    room ??= Buffer.allocUnsafe(ROOM);
    return room.subarray(0, room.write(text));
  }

  function write(bytes: Buffer, at: number): number {
    try {
      return writeSync(1, bytes, at);
    } catch (error) {
      const code = codeOf(error);
      // A pipe that is full is tried again.
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
      if (pending.length > PIECE) flush();
    },
    get isWanted() {
      return isWanted;
    },
    flush,
  };
}

/** Texts come from a log: on a terminal no control but tab and line end gets through. */
function withoutControls(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

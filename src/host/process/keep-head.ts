/** Keeps the start of a program's output, and reads the rest so that the program never blocks. */
import type { Readable } from "node:stream";

/** Returns a function for the text so far, of at most `most` characters. */
export function keepHead(stream: Readable, most: number): () => string {
  let head = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    if (head.length < most) head += text.slice(0, most - head.length);
  });
  // Ignore a broken pipe, because the exit status says why the program ended.
  stream.on("error", () => undefined);
  return () => head;
}

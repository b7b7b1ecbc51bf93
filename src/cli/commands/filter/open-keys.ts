/** Reads single keys from the terminal that controls the process, while standard input is a sample. */
import { openSync } from "node:fs";
import { ReadStream } from "node:tty";

export interface Keys extends Disposable {
  /** Returns the next key; undefined: the terminal was closed. */
  next(): Promise<string | undefined>;
}

/** Returns undefined if there is no terminal to ask on. */
export function openKeys(): Keys | undefined {
  if (process.stdout.isTTY !== true) return undefined;
  let input: ReadStream;
  try {
    input = new ReadStream(openSync("/dev/tty", "r"));
  } catch {
    // A process without a controlling terminal, as of a service, gets ENXIO.
    return undefined;
  }
  input.setRawMode(true);
  input.setEncoding("utf8");
  const typed = input[Symbol.asyncIterator]();
  let waiting: string[] = [];
  return {
    async next() {
      while (waiting.length === 0) {
        const { done, value }: IteratorResult<string> = await typed.next();
        if (done === true) return undefined;
        waiting = Array.from(value);
      }
      return waiting.shift();
    },
    [Symbol.dispose]() {
      input.setRawMode(false);
      input.destroy();
    },
  };
}

/** Adds pauses to a stream: one "silence" after each item that no other follows for RECORD_SILENCE_MS. */
import { within } from "../host/timers.ts";
import { RECORD_SILENCE_MS } from "./join-lines.ts";

export async function* withSilences<T>(items: AsyncIterable<T>): AsyncGenerator<T | "silence"> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    for (let isDue = false; ; ) {
      const step: IteratorResult<T> | string = isDue
        ? await within(next, RECORD_SILENCE_MS)
        : await next;
      isDue = typeof step !== "string";
      if (typeof step === "string") yield "silence";
      else if (step.done === true) return;
      else {
        next = iterator.next();
        yield step.value;
      }
    }
  } finally {
    await iterator.return?.();
  }
}

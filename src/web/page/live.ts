/**
 * Receives live events over one stream, resumes it after a gap, and reports each batch to the page. A hidden page holds no
 * stream: browsers open about six connections to one server, and with as many pages nothing else would load.
 */
import type { LiveBatch } from "../web-messages.ts";
import { openStream } from "./api.ts";
import { readServerEvents } from "./server-events.ts";

const BATCH = "bailiff-batch";
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 15_000;
/** Milliseconds without a batch after which the connection counts as broken; the server sends one every 20 s. */
const MAX_SILENCE_MS = 60_000;

class BatchEvent extends Event {
  readonly batch: LiveBatch;

  constructor(batch: LiveBatch) {
    super(BATCH);
    this.batch = batch;
  }
}

/** Calls `onBatch` with each batch. Returns the undo. */
export function onLive(onBatch: (batch: LiveBatch) => void): () => void {
  const listen = (event: Event): void => {
    if (event instanceof BatchEvent) onBatch(event.batch);
  };
  addEventListener(BATCH, listen);
  return () => removeEventListener(BATCH, listen);
}

/** Keeps the stream open until `signal` aborts. */
export async function keepLive(signal: AbortSignal): Promise<void> {
  let last: string | undefined;
  let wait = FIRST_RETRY_MS;
  while (!signal.aborted) {
    await untilVisible();
    const over = new AbortController();
    const end = (): void => over.abort();
    document.addEventListener("visibilitychange", end, { once: true });
    let silence = setTimeout(end, MAX_SILENCE_MS);
    try {
      const either = AbortSignal.any([signal, over.signal]);
      const stream = await openStream("/api/live", last, either);
      for await (const { id, data } of readServerEvents(stream)) {
        clearTimeout(silence);
        silence = setTimeout(end, MAX_SILENCE_MS);
        last = id ?? last;
        wait = FIRST_RETRY_MS;
        dispatchEvent(new BatchEvent(JSON.parse(data) as LiveBatch));
      }
    } catch {
      // The connection ended. The requests of the view report what is wrong, and this is tried again.
    }
    clearTimeout(silence);
    document.removeEventListener("visibilitychange", end);
    const time = wait;
    await new Promise((resolve) => setTimeout(resolve, time));
    wait = Math.min(2 * wait, MAX_RETRY_MS);
  }
}

async function untilVisible(): Promise<void> {
  while (document.hidden)
    await new Promise((resolve) => {
      document.addEventListener("visibilitychange", resolve, { once: true });
    });
}

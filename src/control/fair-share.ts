/**
 * Limits the requests of group members to half of the event loop's time. One request runs at a time, followed by a
 * pause of the same length. The rest remains for log lines, bans and root.
 */
import { sleep } from "../host/timers.ts";
import type { PagedList } from "./paged-list.ts";

export interface FairShare {
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Counts each page of a long list as a separate request, so a slow reader delays no other client. */
export async function* pagesInShare<Item>(
  pages: PagedList<Item>,
  share: FairShare,
): AsyncGenerator<readonly Item[], void> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await share.run(() => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

const MAX_PAUSE_MS = 500;

export function createFairShare(signal: AbortSignal): FairShare {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      let began = 0;
      const result = last.then(async () => {
        // Measured from before the call, because most work is done before its first await.
        began = performance.now();
        return await work();
      });
      last = result
        .catch(() => undefined)
        .then(async () => {
          const took = performance.now() - began;
          await sleep(Math.min(took, MAX_PAUSE_MS), signal, "loose");
        });
      return result;
    },
  };
}

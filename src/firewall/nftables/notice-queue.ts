/**
 * Queues notices from the kernel for the repair. Queue "firewall-notices": bound 2, policy merge. Only two facts
 * matter: that something changed, and whether the monitor works. So changes are merged into one, and a newer report on
 * the monitor replaces an older one. Merging loses nothing, so nothing is counted. Only the first known author of
 * merged changes is looked up: repeated changes do not read /proc each time.
 */
import type { ForeignChange } from "../../domain/enforcer.ts";
import { createWakeUp } from "../../host/wake-up.ts";
import type { KernelNotice } from "./kernel.ts";

export interface NoticeQueue {
  put(notice: KernelNotice): void;
  /** Yields notices until `signal` aborts. */
  take(signal: AbortSignal): AsyncGenerator<ForeignChange>;
}

export function createNoticeQueue(): NoticeQueue {
  const bell = createWakeUp();
  let changed: ForeignChange | undefined;
  let monitor: ForeignChange | undefined;
  return {
    put: (notice) => {
      if (notice.kind === "changed")
        changed = { kind: "changed", by: changed?.by ?? notice.author() };
      else monitor = { kind: notice.kind, by: undefined };
      bell.ring();
    },
    take: async function* (signal) {
      while (!signal.aborted) {
        const notices = [changed, monitor].filter((notice) => notice !== undefined);
        [changed, monitor] = [undefined, undefined];
        yield* notices;
        if (notices.length === 0) await bell.wait(signal);
      }
    },
  };
}

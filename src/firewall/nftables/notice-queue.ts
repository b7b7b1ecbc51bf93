/**
 * Queues notices from the kernel for the repair. Queue "firewall-notices": bound 2, policy merge. Only two facts
 * matter, that something changed and whether the monitor works, so changes are merged into one, and of loss and return
 * only the last remains. Nothing is lost by merging, so nothing is counted. Of merged changes only the first known
 * author is looked up: changes in a tight loop cost no read of /proc each.
 */
import type { ForeignChange } from "../../domain/enforcer.ts";
import { createWakeUp } from "../../host/wake-up.ts";
import type { KernelNotice } from "./kernel.ts";

export interface NoticeQueue {
  put(notice: KernelNotice): void;
  /** Ends when `signal` aborts. */
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

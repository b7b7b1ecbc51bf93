/**
 * Notices from the kernel on their way to the one who repairs. Queue "firewall-notices": bound 2, policy merge. What
 * matters is that something changed and whether the monitor lives, so any number of changes become one, and of loss and
 * return only the last remains; nothing is lost by it, so nothing has to be counted. Of changes that wait only the first
 * author that is known is asked for: whoever changes the firewall in a tight loop costs no look into /proc each time.
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

/**
 * Queues notices of a firewall for the repair. Queue "firewall-notices": bound 2, policy merge. Only two facts
 * matter: that something changed, and whether the monitor works. So changes are merged into one, and a newer report on
 * the monitor replaces an older one. Merging loses nothing, so nothing is counted. Only the first known author of
 * merged changes is looked up: repeated changes do not read /proc each time.
 */
import type { Author } from "../domain/author.ts";
import type { ForeignChange } from "../domain/enforcer.ts";
import { createWakeUp } from "../host/wake-up.ts";
import type { Emit } from "../telemetry/events.ts";

/** A change by another program to what is ours, or the loss or return of the monitor. */
export type FirewallNotice =
  | {
      readonly kind: "changed";
      /** Call it immediately: the author may end within a millisecond. Costs some reads of /proc. */
      readonly author: () => Author | undefined;
    }
  | { readonly kind: "monitor-lost"; readonly reason: string }
  | { readonly kind: "monitor-restored" };

export interface NoticeQueue {
  put(notice: FirewallNotice): void;
  /** Yields notices until `signal` aborts. */
  take(signal: AbortSignal): AsyncGenerator<ForeignChange>;
}

/** Yields what `start` reports until `signal` aborts, and emits the loss of its monitor. */
export function watchNotices(
  emit: Emit,
  start: (onNotice: (notice: FirewallNotice) => void) => unknown,
  signal: AbortSignal,
): AsyncGenerator<ForeignChange> {
  const queue = createNoticeQueue();
  start((notice) => {
    if (notice.kind === "monitor-lost")
      emit({ event: "firewall-monitor-lost", reason: notice.reason });
    queue.put(notice);
  });
  return queue.take(signal);
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

/**
 * Netlink sockets that are closed a while after they were used. After a large table was deleted, the kernel makes
 * whoever closes any netlink socket wait until all its elements are freed: 100 ms for 100,000, in which the table could
 * be put back. At most MAX_WAITING wait, each with 64 KiB.
 */
import type { NetlinkSocket, OpenNetlink } from "./kernel/netlink-socket.ts";
import { createAlarm } from "./timers.ts";

export interface LateClosing {
  /** The sockets of requests close later, those that listen at once. */
  readonly open: OpenNetlink;
  /** Closes those that wait. */
  close(): void;
}

const WAIT_MS = 2000;
const MAX_WAITING = 16;

export function createLateClosing(open: OpenNetlink): LateClosing {
  const waiting: NetlinkSocket[] = [];
  const close = (): void => {
    alarm.clear();
    for (const socket of waiting.splice(0)) socket.close();
  };
  const alarm = createAlarm(close);
  return {
    close,
    open(options) {
      const opened = open(options);
      if (!opened.ok || options.groups !== 0) return opened;
      const socket = opened.value;
      let isOpen = true;
      const closeLater = (): void => {
        if (!isOpen) return;
        isOpen = false;
        waiting.push(socket);
        if (waiting.length > MAX_WAITING) waiting.shift()?.close();
        alarm.set(WAIT_MS);
      };
      return { ok: true, value: { ...socket, close: closeLater } };
    },
  };
}

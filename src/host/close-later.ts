/**
 * Closes netlink sockets some time after their last use. After a large table is deleted, closing any netlink socket
 * blocks until the kernel has freed all elements: 100 ms for 100,000, in which the table could be restored. At most
 * MAX_WAITING sockets stay open, each with 64 KiB.
 */
import type { NetlinkSocket, OpenNetlink } from "./kernel/netlink-socket.ts";
import { createAlarm } from "./timers.ts";

export interface LateClosing {
  /** Opens a socket. Request sockets close later, listening sockets immediately. */
  readonly open: OpenNetlink;
  /** Closes all sockets that are still open. */
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

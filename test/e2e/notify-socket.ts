/**
 * systemd's end of sd_notify(3): a datagram socket at a path, with a method to wait for messages, up to a time limit.
 * Uses libc, since Node has no local datagram sockets.
 */
import { rmSync } from "node:fs";
import koffi from "koffi";

export interface NotifySocket {
  readonly path: string;
  /** The next message that contains `text`; earlier ones are dropped. undefined: none came in time. */
  until(text: string, limit?: number): Promise<string | undefined>;
  close(): void;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
const LOOK_MS = 20;

export function openNotifySocket(path: string): NotifySocket {
  const libc = koffi.load("libc.so.6");
  const socket = libc.func("int socket(int domain, int type, int protocol)");
  const bind = libc.func("int bind(int fd, void *address, uint32_t length)");
  const recv = libc.func("intptr_t recv(int fd, void *buffer, size_t length, int flags)");
  const close = libc.func("int close(int fd)");
  const fd = Number(socket(AF_UNIX, SOCK_DGRAM, 0));
  // struct sockaddr_un: family, path, NUL (unix(7)).
  const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(path), Buffer.from([0])]);
  if (fd < 0 || bind(fd, address, address.length) !== 0) throw new Error(`cannot bind ${path}`);

  function next(): string | undefined {
    const buffer = Buffer.alloc(4096);
    const length = Number(recv(fd, buffer, buffer.length, MSG_DONTWAIT));
    return length < 0 ? undefined : buffer.toString("utf8", 0, length);
  }

  return {
    path,
    until: async (text, limit = 60_000) => {
      const end = performance.now() + limit;
      while (performance.now() < end) {
        const message = next();
        if (message?.includes(text) === true) return message;
        // Node cannot wait for a datagram, so it is polled.
        if (message === undefined) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return undefined;
    },
    close: () => {
      close(fd);
      rmSync(path, { force: true });
    },
  };
}

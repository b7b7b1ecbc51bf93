/**
 * Opens a raw netlink socket to the kernel's netfilter or routing subsystem (netlink(7)). Node has no such socket, so
 * libc opens it. Never blocks: the kernel answers requests before `send` returns, and announces later messages by
 * SIGIO, so waiting needs neither a thread nor a child process.
 */
import { constants } from "node:os";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Bind, type NativeFunction, openNativeLibrary } from "./native-library.ts";
import { errorName } from "./error-name.ts";

export interface NetlinkSocket {
  send(message: Uint8Array): Result<undefined, string>;
  /** Returns the next datagram. The next call reuses its memory. */
  receive(): NetlinkReceived;
  /** Calls `wake` whenever a datagram may have arrived. Call it only from the main thread, because it uses signals. */
  onReadable(wake: () => void): Result<undefined, string>;
  close(): void;
}

export type NetlinkReceived =
  | { readonly kind: "datagram"; readonly bytes: Buffer }
  /** No datagram is waiting. */
  | { readonly kind: "empty" }
  /** The kernel dropped messages because they were not read fast enough. */
  | { readonly kind: "lost" }
  | { readonly kind: "failed"; readonly reason: string };

export interface NetlinkOptions {
  /** Netlink protocol; default: NETLINK_NETFILTER. */
  readonly protocol?: number;
  /** Bit mask of multicast groups; 0 for requests only. */
  readonly groups: number;
  /** Size of the kernel buffer for unread messages, in bytes. */
  readonly receiveBytes: number;
}

export type OpenNetlink = (options: NetlinkOptions) => Result<NetlinkSocket, string>;

/** Constants of Linux (include/uapi/asm-generic, linux/netlink.h), the same on x86-64 and arm64. */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_NETFILTER = 12;
/** Protocol for addresses, links and routes (rtnetlink(7)). */
export const ROUTE_PROTOCOL = 0;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const F_SETFL = 4;
const F_SETOWN = 8;
const O_NONBLOCK = 0o4000;
const O_ASYNC = 0o20000;
/** Size of the read buffer. The kernel never sends a larger netlink datagram to a reader with such a buffer. */
const DATAGRAM_BYTES = 65_536;

type Libc = Readonly<
  Record<"socket" | "bind" | "setsockopt" | "fcntl" | "send" | "recv" | "close", NativeFunction>
>;

function bindLibc(bind: Bind): Libc {
  return {
    socket: bind("int socket(int domain, int type, int protocol)"),
    bind: bind("int bind(int fd, const void *address, uint32_t length)"),
    setsockopt: bind(
      "int setsockopt(int fd, int level, int name, const void *value, uint32_t length)",
    ),
    fcntl: bind("int fcntl(int fd, int command, long value)"),
    send: bind("long send(int fd, const void *bytes, size_t length, int flags)"),
    recv: bind("long recv(int fd, void *bytes, size_t length, int flags)"),
    close: bind("int close(int fd)"),
  };
}

export async function loadNetlink(): Promise<Result<OpenNetlink, string>> {
  const loaded = await openNativeLibrary("libc.so.6", bindLibc);
  if (!loaded.ok) return loaded;
  const libc = loaded.value;
  return ok((options) => openNetlink(libc.calls, () => libc.errno(), options));
}

function openNetlink(
  libc: Libc,
  errno: () => number,
  options: NetlinkOptions,
): Result<NetlinkSocket, string> {
  const type = SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = Number(libc.socket(AF_NETLINK, type, options.protocol ?? NETLINK_NETFILTER));
  if (fd < 0) return fail(`cannot open a netlink socket: ${errorName(errno())}`);
  const size = Buffer.alloc(4);
  size.writeInt32LE(options.receiveBytes);
  // Without CAP_NET_ADMIN this is refused, and the default size is used.
  libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, size.length);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(options.groups, 8);
  if (Number(libc.bind(fd, address, address.length)) < 0) {
    const reason = errorName(errno());
    libc.close(fd);
    return fail(`cannot bind a netlink socket: ${reason}`);
  }
  return ok(socketOn(libc, errno, fd));
}

function socketOn(libc: Libc, errno: () => number, fd: number): NetlinkSocket {
  const buffer = Buffer.alloc(DATAGRAM_BYTES);
  let open = true;
  let wake: (() => void) | undefined;
  return {
    send: (message) => {
      const sent = Number(libc.send(fd, message, message.length, 0));
      return sent === message.length ? ok(undefined) : fail(errorName(errno()));
    },
    receive: () => {
      if (!open) return { kind: "failed", reason: "closed" };
      const length = Number(libc.recv(fd, buffer, buffer.length, 0));
      if (length > 0) return { kind: "datagram", bytes: buffer.subarray(0, length) };
      if (length === 0) return { kind: "empty" };
      return receiveFailure(errno());
    },
    onReadable: (run) => {
      wake = run;
      // Install the handler first: without one, SIGIO ends the process.
      process.on("SIGIO", run);
      const owned = Number(libc.fcntl(fd, F_SETOWN, process.pid));
      const signalled = Number(libc.fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC));
      return owned < 0 || signalled < 0 ? fail(errorName(errno())) : ok(undefined);
    },
    close: () => {
      if (!open) return;
      open = false;
      libc.close(fd);
      if (wake !== undefined) process.off("SIGIO", wake);
    },
  };
}

function receiveFailure(code: number): NetlinkReceived {
  const { EAGAIN, EINTR, ENOBUFS } = constants.errno;
  if (code === EAGAIN || code === EINTR) return { kind: "empty" };
  return code === ENOBUFS ? { kind: "lost" } : { kind: "failed", reason: errorName(code) };
}

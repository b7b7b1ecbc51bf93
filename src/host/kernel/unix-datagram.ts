/**
 * Sends datagrams to a local socket by its path (unix(7)): /dev/log, the journal. Node has no such sockets, so libc is
 * used. Never waits: when the receiver is full or gone, the datagram is lost and the caller gets an error. Each call
 * resolves the path again, so a restarted receiver is found.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import { openNativeLibrary } from "./native-library.ts";
import { errorName } from "./error-name.ts";

export interface DatagramSender {
  /** Sends a datagram. The error is the name of an errno: "ENOENT", "EAGAIN", "EMSGSIZE". */
  send(bytes: Uint8Array): Result<undefined, string>;
  /** Checks whether a process receives on the socket, without sending anything. The error is that of `send`. */
  reach(): Result<undefined, string>;
  close(): void;
}

/** Constants of Linux (sys/socket.h, linux/un.h), the same on x86-64 and arm64. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const PATH_BYTES = 108;

export async function openDatagramSender(path: string): Promise<Result<DatagramSender, string>> {
  if (Buffer.byteLength(path) >= PATH_BYTES) return fail(`socket path too long: ${path}`);
  const libc = await openNativeLibrary("libc.so.6", (bind) => ({
    socket: bind("int socket(int domain, int type, int protocol)"),
    sendto: bind(
      "long sendto(int fd, const void *bytes, size_t length, int flags, const void *address, uint32_t size)",
    ),
    connect: bind("int connect(int fd, const void *address, uint32_t size)"),
    close: bind("int close(int fd)"),
  }));
  if (!libc.ok) return libc;
  const { calls } = libc.value;
  const errno = (): number => libc.value.errno();
  const address = Buffer.alloc(2 + PATH_BYTES);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  const fd = Number(calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd < 0) return fail(errorName(errno()));
  let open = true;
  return ok({
    send(bytes) {
      if (!open) return fail("EBADF");
      const sent = calls.sendto(fd, bytes, bytes.length, MSG_NOSIGNAL, address, address.length);
      return Number(sent) === bytes.length ? ok(undefined) : fail(errorName(errno()));
    },
    reach() {
      if (!open) return fail("EBADF");
      const reached = Number(calls.connect(fd, address, address.length)) === 0;
      return reached ? ok(undefined) : fail(errorName(errno()));
    },
    close() {
      if (open) calls.close(fd);
      open = false;
    },
  });
}

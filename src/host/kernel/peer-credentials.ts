/**
 * Reads the process and user at the other end of a unix stream socket. The kernel fixes them at connect time
 * (SO_PEERCRED, unix(7)). Node has no call for this, so libc is used.
 */
import type { Socket } from "node:net";
import { ok, type Result } from "../../domain/result.ts";
import { openNativeLibrary } from "./native-library.ts";

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Returns undefined when the socket is closed, or is not a unix stream socket. */
export type ReadPeer = (socket: Socket) => PeerCredentials | undefined;

/** Constants of Linux (include/uapi/asm-generic/socket.h), the same on x86-64 and arm64. */
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** Size of struct ucred: pid, uid, gid, 32 bits each. */
const UCRED_BYTES = 12;

export async function loadPeerCredentials(): Promise<Result<ReadPeer, string>> {
  const libc = await openNativeLibrary("libc.so.6", (bind) =>
    bind("int getsockopt(int fd, int level, int name, void *value, void *length)"),
  );
  if (!libc.ok) return libc;
  const getsockopt = libc.value.calls;
  return ok((socket) => {
    const fd = fileDescriptorOf(socket);
    if (fd === undefined) return undefined;
    const [value, length] = [Buffer.alloc(UCRED_BYTES), Buffer.alloc(4)];
    length.writeUInt32LE(UCRED_BYTES);
    const answer = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, length);
    if (answer !== 0 || length.readUInt32LE() !== UCRED_BYTES) return undefined;
    return { pid: value.readInt32LE(0), uid: value.readUInt32LE(4), gid: value.readUInt32LE(8) };
  });
}

/**
 * Returns the descriptor of a socket, whose location Node does not document. If a release moves it, every peer becomes
 * unknown.
 */
function fileDescriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return undefined;
  const fd: unknown = Reflect.get(handle, "fd");
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}

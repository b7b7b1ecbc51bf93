/**
 * Queries the kernel's nftables over netlink. libnftables would first copy every element of every set. Each query opens
 * a separate socket, so an abandoned answer cannot be mistaken for the next one.
 */
import { constants } from "node:os";
import type { NetlinkSocket, OpenNetlink } from "./netlink-socket.ts";
import { nextTurn } from "../timers.ts";
import {
  decodeMessages,
  encodeRequest,
  type NetlinkMessage,
  type NetlinkRequest,
} from "./nftables-message.ts";

/** Number of 32 KiB datagrams between two pauses: about 1,000 elements, some 5 ms. */
const DATAGRAMS_PER_TURN = 4;

/** Yields the objects of an answer, one datagram at a time. Empty when the table, set or element does not exist. */
export async function* query(
  open: OpenNetlink,
  request: NetlinkRequest,
): AsyncGenerator<readonly NetlinkMessage[]> {
  const socket = open({ groups: 0, receiveBytes: 1 << 20 });
  if (!socket.ok) throw new Error(`cannot ask the kernel about its ruleset: ${socket.error}`);
  try {
    const sent = socket.value.send(encodeRequest(request));
    if (!sent.ok) throw new Error(`cannot ask the kernel about its ruleset: ${sent.error}`);
    for (let datagrams = 1; ; datagrams++) {
      const { objects, more } = receive(socket.value, request);
      if (objects.length > 0) yield objects;
      if (!more) return;
      if (datagrams % DATAGRAMS_PER_TURN === 0) await nextTurn();
    }
  } finally {
    socket.value.close();
  }
}

function receive(
  socket: NetlinkSocket,
  { ask }: NetlinkRequest,
): { readonly objects: readonly NetlinkMessage[]; readonly more: boolean } {
  const received = socket.receive();
  // The kernel answers inside `send` and continues inside `receive`, so an empty socket means that the answer is
  // complete.
  if (received.kind === "empty" && ask === "one") return { objects: [], more: false };
  if (received.kind !== "datagram")
    throw new Error(`the kernel's answer broke off: ${received.kind}`);
  const objects: NetlinkMessage[] = [];
  for (const message of decodeMessages(received.bytes)) {
    if (message.kind === "object") objects.push(message);
    else if (message.kind === "done") return { objects, more: false };
    else if (message.type === 0 || message.type === constants.errno.ENOENT)
      return { objects, more: false };
    else throw new Error(`the kernel refused to list its ruleset: errno ${message.type}`);
  }
  return { objects, more: ask === "dump" };
}

/**
 * Questions to the kernel about its nftables, over netlink: what libnftables answers only by copying every element of
 * every set first. Each question opens a socket of its own, so that an abandoned answer cannot be taken for the next.
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

/** Datagrams of 32 KiB between two pauses: about 1,000 elements, some 5 ms. */
const DATAGRAMS_A_TURN = 4;

/** The objects of an answer, a datagram at a time. Empty when there is no such table, set or element. */
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
      if (datagrams % DATAGRAMS_A_TURN === 0) await nextTurn();
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
  // The kernel answers inside `send` and goes on inside `receive`, so nothing there means nothing comes any more.
  if (received.kind === "empty" && ask === "one") return { objects: [], more: false };
  if (received.kind !== "datagram")
    throw new Error(`the kernel's answer broke off: ${received.kind}`);
  const objects: NetlinkMessage[] = [];
  for (const message of decodeMessages(received.bytes)) {
    if (message.kind === "object") objects.push(message);
    else if (message.kind === "done") return { objects, more: false };
    else if (message.type === 0 || message.type === constants.errno.ENOENT)
      return { objects, more: false };
    else throw new Error(`the kernel refuses to tell of its ruleset: errno ${message.type}`);
  }
  return { objects, more: ask === "dump" };
}

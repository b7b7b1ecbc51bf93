/**
 * Listens to the kernel's own announcements of every change to the ruleset (multicast group NFNLGRP_NFTABLES).
 *
 * Each transaction ends in a message with the number and name of the process that made it. Ours is told apart by that
 * number, which is learned rather than assumed: inside a container the kernel knows this process by another one than
 * we do. To learn it, one transaction of ours that changes nothing adds and deletes a table of a known name.
 */
import type { NetlinkSocket, OpenNetlink } from "../../platform/netlink-socket.ts";
import type { KernelNotice } from "./kernel.ts";
import { markTable } from "./mark.ts";
import {
  attributesOf,
  decodeMessages,
  NFT,
  type NetlinkMessage,
  nameIn,
} from "./netlink-message.ts";

const GROUP_NFTABLES = 1 << (7 - 1);
/** For what comes while this process is busy: about 20,000 element messages. */
const RECEIVE_BYTES = 1 << 24;
const TABLE_NAME = 1;
const GENERATION = { pid: 2, name: 3 } as const;

export type WatchEnd = { readonly kind: "failed"; readonly reason: string };

export interface NetlinkWatchOptions {
  readonly open: OpenNetlink;
  readonly table: string;
  /** Runs the transaction that marks us. */
  readonly mark: () => void;
  readonly tell: (notice: KernelNotice) => void;
  readonly ended: (end: WatchEnd) => void;
}

/** Listens from now on. Returns how to stop. */
export function watchNetlink(options: NetlinkWatchOptions): () => void {
  const socket = options.open({ groups: GROUP_NFTABLES, receiveBytes: RECEIVE_BYTES });
  if (!socket.ok) {
    options.ended({ kind: "failed", reason: socket.error });
    return () => {};
  }
  const read = createTransactionReader(options.table, options.tell);
  const drain = (): void => {
    const reason = drainSocket(socket.value, read, options.tell);
    if (reason === undefined) return;
    socket.value.close();
    options.ended({ kind: "failed", reason });
  };
  const listening = socket.value.onReadable(drain);
  if (!listening.ok) {
    socket.value.close();
    options.ended({ kind: "failed", reason: listening.error });
    return () => {};
  }
  options.mark();
  drain();
  return () => socket.value.close();
}

function drainSocket(
  socket: NetlinkSocket,
  read: (message: NetlinkMessage) => void,
  tell: (notice: KernelNotice) => void,
): string | undefined {
  for (;;) {
    const received = socket.receive();
    switch (received.kind) {
      case "empty":
        return undefined;
      case "failed":
        return received.reason;
      case "lost":
        // Whatever was lost may have been ours to repair.
        tell({ kind: "changed", by: undefined });
        break;
      case "datagram":
        for (const message of decodeMessages(received.bytes)) read(message);
    }
  }
}

function createTransactionReader(
  table: string,
  tell: (notice: KernelNotice) => void,
): (message: NetlinkMessage) => void {
  let self: number | undefined;
  let touched = false;
  let marked = false;
  return ({ kind, type, attributes }) => {
    if (kind !== "object") return;
    if (type !== NFT.newGeneration) {
      if (touched) return;
      // The first attribute of every kind of object is the name of its table.
      const name = nameIn(attributesOf(attributes).get(TABLE_NAME));
      if (name === table) touched = true;
      else if (type === NFT.newTable && name === markTable(table)) marked = true;
      return;
    }
    const values = attributesOf(attributes);
    const pid = values.get(GENERATION.pid)?.readUInt32BE(0);
    if (marked) self = pid;
    if (touched && pid !== self) {
      tell({ kind: "changed", by: `${nameIn(values.get(GENERATION.name))} (pid ${pid})` });
    }
    touched = false;
    marked = false;
  };
}

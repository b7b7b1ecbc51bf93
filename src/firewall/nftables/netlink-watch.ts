/**
 * Listens to the kernel's notifications of every change to the ruleset (multicast group NFNLGRP_NFTABLES).
 *
 * Each transaction ends in a message with the id and name of its process. This process's id is learned rather than
 * assumed: inside a container the kernel knows it by another id. To learn it, one of our transactions carries our mark.
 */
import type { Author } from "../../domain/author.ts";
import { readAuthor } from "../../host/process/read-author.ts";
import type { NetlinkSocket, OpenNetlink } from "../../host/kernel/netlink-socket.ts";
import type { FirewallNotice } from "../notice-queue.ts";
import { MARK_SET } from "./mark.ts";
import {
  attributesOf,
  decodeMessages,
  NFT,
  type NetlinkMessage,
  nameIn,
} from "../../host/kernel/nftables-message.ts";

const GROUP_NFTABLES = 1 << (7 - 1);
/** Receive buffer for messages that arrive while this process is busy: about 20,000 element messages. */
const RECEIVE_BYTES = 1 << 24;
const TABLE_NAME = 1;
const ELEMENT_SET = 2;
const GENERATION = { pid: 2, name: 3 } as const;

export interface NetlinkWatchOptions {
  readonly open: OpenNetlink;
  readonly table: string;
  /** Runs the transaction with our mark; returns why it failed. */
  readonly mark: () => string | undefined;
  readonly onNotice: (notice: FirewallNotice) => void;
  /** Called with the reason, at most once. */
  readonly onEnd: (reason: string) => void;
}

/** Starts listening. Returns a function that stops it. */
export function watchNetlink(options: NetlinkWatchOptions): () => void {
  const opened = options.open({ groups: GROUP_NFTABLES, receiveBytes: RECEIVE_BYTES });
  if (!opened.ok) {
    options.onEnd(opened.error);
    return () => {};
  }
  const socket = opened.value;
  const read = createTransactionReader(options.table, options.onNotice);
  const end = (reason: string | undefined): void => {
    if (reason === undefined) return;
    socket.close();
    options.onEnd(reason);
  };
  const drain = (): void => end(drainSocket(socket, read, options.onNotice));
  const listening = socket.onReadable(drain);
  const unmarked = listening.ok ? options.mark() : listening.error;
  if (unmarked === undefined) drain();
  else end(unmarked);
  return () => socket.close();
}

function drainSocket(
  socket: NetlinkSocket,
  read: (message: NetlinkMessage) => void,
  onNotice: (notice: FirewallNotice) => void,
): string | undefined {
  for (;;) {
    const received = socket.receive();
    switch (received.kind) {
      case "empty":
        return undefined;
      case "failed":
        return received.reason;
      case "lost":
        // Lost messages may have been about our table, so report a change.
        onNotice({ kind: "changed", author: () => undefined });
        break;
      case "datagram":
        for (const message of decodeMessages(received.bytes)) read(message);
    }
  }
}

function createTransactionReader(
  table: string,
  onNotice: (notice: FirewallNotice) => void,
): (message: NetlinkMessage) => void {
  let self: number | undefined;
  let touched = false;
  let marked = false;
  return ({ kind, type, attributes }) => {
    if (kind !== "object") return;
    if (type !== NFT.newGeneration) {
      if (touched && self !== undefined) return;
      const values = attributesOf(attributes);
      // The first attribute of every kind of object is the name of its table.
      if (nameIn(values.get(TABLE_NAME)) !== table) return;
      touched = true;
      if (type === NFT.newElement && nameIn(values.get(ELEMENT_SET)) === MARK_SET) marked = true;
      return;
    }
    const values = attributesOf(attributes);
    const pid = values.get(GENERATION.pid)?.readUInt32BE(0);
    if (marked) self = pid;
    if (touched && pid !== self) {
      const author = (): Author | undefined =>
        pid === undefined ? undefined : readAuthor(pid, nameIn(values.get(GENERATION.name)));
      onNotice({ kind: "changed", author });
    }
    touched = false;
    marked = false;
  };
}

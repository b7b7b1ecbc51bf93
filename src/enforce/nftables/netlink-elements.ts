/**
 * Set elements as the kernel sends them (enum nft_set_elem_attributes). Written for a hundred thousand at a time:
 * no map or buffer per element.
 */
import { constants } from "node:os";
import { type Duration, duration } from "../../domain/duration.ts";
import type { Family, Ip } from "../../domain/ip.ts";
import { ipFromBits, ipToBits, parseIp } from "../../domain/ip.ts";
import type { KernelElement } from "./kernel.ts";
import type { NetlinkSocket, OpenNetlink } from "../../platform/netlink-socket.ts";
import {
  decodeMessages,
  eachAttribute,
  encodeAttribute,
  encodeName,
  encodeNest,
  encodeRequest,
  NFT,
  type NetlinkMessage,
  type NetlinkRequest,
} from "../../platform/nftables-message.ts";
import { nextTurn } from "../../platform/timers.ts";

const LIST = { table: 1, set: 2, elements: 3 } as const;
const LIST_ITEM = 1;
const ELEMENT = { key: 1, left: 5, expression: 7, expressions: 11 } as const;
const DATA_VALUE = 1;
const EXPRESSION = { name: 1, content: 2 } as const;
const COUNTER_PACKETS = 2;

export function dumpElements(table: string, set: string): NetlinkRequest {
  const attributes = [encodeName(LIST.table, table), encodeName(LIST.set, set)];
  return { type: NFT.getElement, ask: "dump", attributes };
}

/** The kernel answers with a message for each, up to the first that the set does not hold. */
export function askForElements(table: string, set: string, ips: readonly Ip[]): NetlinkRequest {
  const items = ips.map((ip) =>
    encodeNest(LIST_ITEM, encodeNest(ELEMENT.key, encodeAttribute(DATA_VALUE, addressBytes(ip)))),
  );
  const elements = encodeNest(LIST.elements, ...items);
  const attributes = [encodeName(LIST.table, table), encodeName(LIST.set, set), elements];
  return { type: NFT.getElement, ask: "one", attributes };
}

/** Asked for at a time: their answers fit into the receive buffer that every process may have. */
const ASKED_AT_ONCE = 64;
/** Requests between two turns of the event loop: about 2 ms. */
const REQUESTS_A_TURN = 4;

/**
 * Looks addresses up in one set, over one socket. Unlike a dump, which the kernel begins anew with every datagram, it
 * costs the same for each however large the set is: about 5 µs.
 */
export async function findElements(
  open: OpenNetlink,
  place: { readonly table: string; readonly set: string },
  ips: readonly Ip[],
): Promise<readonly KernelElement[]> {
  const socket = open({ groups: 0, receiveBytes: 1 << 20 });
  if (!socket.ok) throw new Error(`cannot ask the kernel about its ruleset: ${socket.error}`);
  try {
    const found: KernelElement[] = [];
    for (let from = 0, requests = 1; from < ips.length; requests++) {
      const asked = ips.slice(from, from + ASKED_AT_ONCE);
      const sent = socket.value.send(encodeRequest(askForElements(place.table, place.set, asked)));
      if (!sent.ok) throw new Error(`cannot ask the kernel about its ruleset: ${sent.error}`);
      const { elements, refused } = receiveElements(socket.value);
      found.push(...elements);
      // The one after those that were answered is not there; the rest was not looked at.
      from += refused ? elements.length + 1 : asked.length;
      if (requests % REQUESTS_A_TURN === 0) await nextTurn();
    }
    return found;
  } finally {
    socket.value.close();
  }
}

function receiveElements(socket: NetlinkSocket): {
  readonly elements: readonly KernelElement[];
  readonly refused: boolean;
} {
  const elements: KernelElement[] = [];
  for (;;) {
    const received = socket.receive();
    // The kernel answers inside `send`, so nothing there means nothing comes any more.
    if (received.kind === "empty") return { elements, refused: false };
    if (received.kind !== "datagram")
      throw new Error(`the kernel's answer broke off: ${received.kind}`);
    for (const message of decodeMessages(received.bytes)) {
      if (message.kind === "object") elements.push(...decodeElements(message));
      else if (message.type === constants.errno.ENOENT) return { elements, refused: true };
      else throw new Error(`the kernel refuses to tell of its ruleset: errno ${message.type}`);
    }
  }
}

export function decodeElements({ attributes: bytes }: NetlinkMessage): readonly KernelElement[] {
  const elements: KernelElement[] = [];
  eachAttribute(bytes, 0, bytes.length, (type, from, to) => {
    if (type !== LIST.elements) return;
    eachAttribute(bytes, from, to, (_, start, end) => {
      const element = decodeElement(bytes, start, end);
      if (element !== undefined) elements.push(element);
    });
  });
  return elements;
}

function decodeElement(bytes: Buffer, start: number, end: number): KernelElement | undefined {
  let ip: Ip | undefined;
  let packets: number | undefined;
  let left: Duration | undefined;
  eachAttribute(bytes, start, end, (type, from, to) => {
    if (type === ELEMENT.key) ip = decodeKey(bytes, from, to);
    // In milliseconds, 64 bits in two halves: no BigInt for each of a hundred thousand.
    else if (type === ELEMENT.left)
      left = duration(bytes.readUInt32BE(from) * 2 ** 32 + bytes.readUInt32BE(from + 4));
    else if (type === ELEMENT.expression) packets = decodeCounter(bytes, from, to) ?? packets;
    else if (type === ELEMENT.expressions) {
      eachAttribute(bytes, from, to, (_, inner, innerEnd) => {
        packets = decodeCounter(bytes, inner, innerEnd) ?? packets;
      });
    }
  });
  return ip === undefined ? undefined : { ip, packets, left };
}

function decodeKey(bytes: Buffer, start: number, end: number): Ip | undefined {
  let ip: Ip | undefined;
  eachAttribute(bytes, start, end, (type, from, to) => {
    if (type === DATA_VALUE) ip = addressFrom(bytes, from, to);
  });
  return ip;
}

function addressFrom(bytes: Buffer, from: number, to: number): Ip | undefined {
  if (to - from === 4) {
    return parseIp(`${bytes[from]}.${bytes[from + 1]}.${bytes[from + 2]}.${bytes[from + 3]}`);
  }
  if (to - from !== 16) return undefined;
  return ipFromBits((bytes.readBigUInt64BE(from) << 64n) | bytes.readBigUInt64BE(from + 8), "ipv6");
}

function addressBytes(ip: Ip): Uint8Array {
  const family: Family = ip.includes(":") ? "ipv6" : "ipv4";
  const hex = ipToBits(ip)
    .toString(16)
    .padStart(family === "ipv4" ? 8 : 32, "0");
  return Buffer.from(hex, "hex");
}

function decodeCounter(bytes: Buffer, start: number, end: number): number | undefined {
  let packets: number | undefined;
  let isCounter = false;
  eachAttribute(bytes, start, end, (type, from, to) => {
    if (type === EXPRESSION.name) isCounter = bytes.toString("latin1", from, to) === "counter\0";
    else if (type === EXPRESSION.content && isCounter) {
      eachAttribute(bytes, from, to, (inner, value) => {
        if (inner === COUNTER_PACKETS) packets = Number(bytes.readBigUInt64BE(value));
      });
    }
  });
  return packets;
}

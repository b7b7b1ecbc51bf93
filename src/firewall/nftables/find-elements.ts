/**
 * Looks addresses up in one set, over one socket. Unlike a dump, which the kernel begins anew with every datagram, it
 * costs the same for each however large the set is: about 2 µs.
 */
import { constants } from "node:os";
import type { Ip } from "../../domain/ip.ts";
import type { NetlinkSocket, OpenNetlink } from "../../host/kernel/netlink-socket.ts";
import {
  eachMessage,
  encodeName,
  encodeRequest,
  NFT,
  type NetlinkRequest,
} from "../../host/kernel/nftables-message.ts";
import { nextTurn } from "../../host/timers.ts";
import { encodeElements } from "./encode-elements.ts";
import type { KernelElement } from "./kernel.ts";
import { decodeFirst, LIST } from "./netlink-elements.ts";

/** Asked for at a time: their answers fit into the receive buffer that every process may have. */
const ASKED_AT_ONCE = 64;
/** Requests between two turns of the event loop: about 2 ms. */
const REQUESTS_A_TURN = 16;

/** Those that the set holds, in the order they were asked for. */
export async function findElements(
  open: OpenNetlink,
  place: { readonly table: string; readonly set: string },
  ips: readonly Ip[],
): Promise<readonly KernelElement[]> {
  const socket = open({ groups: 0, receiveBytes: 1 << 20 });
  if (!socket.ok) throw new Error(`cannot ask the kernel about its ruleset: ${socket.error}`);
  try {
    const answers = createAnswers();
    let many = ASKED_AT_ONCE;
    for (let from = 0, requests = 1; from < ips.length; requests++) {
      const asked = ips.slice(from, from + many);
      const sent = socket.value.send(encodeRequest(askForElements(place.table, place.set, asked)));
      if (!sent.ok) throw new Error(`cannot ask the kernel about its ruleset: ${sent.error}`);
      const { found, refused } = answers.receive(socket.value);
      // The one after those that were answered is not there; the rest was not looked at.
      from += refused ? found + 1 : asked.length;
      // Where many are missing, what comes after the first of them would be asked for again and again.
      many = refused ? Math.max(1, many >> 1) : Math.min(ASKED_AT_ONCE, many << 1);
      if (requests % REQUESTS_A_TURN === 0) await nextTurn();
    }
    return answers.elements;
  } finally {
    socket.value.close();
  }
}

/** The kernel answers with a message for each, up to the first that the set does not hold. */
export function askForElements(table: string, set: string, ips: readonly Ip[]): NetlinkRequest {
  const attributes = [
    encodeName(LIST.table, table),
    encodeName(LIST.set, set),
    encodeElements(ips),
  ];
  return { type: NFT.getElement, ask: "one", attributes };
}

interface Answers {
  readonly elements: readonly KernelElement[];
  /** Of one request: how many were found before one that is not there, if there was any. */
  receive(socket: NetlinkSocket): { readonly found: number; readonly refused: boolean };
}

/** Of all requests of a look-up, with nothing made for each but the element. */
function createAnswers(): Answers {
  const elements: KernelElement[] = [];
  let datagram: Buffer;
  let refused = false;
  const take = (errno: number | undefined, from: number, to: number): void => {
    const element = errno === undefined ? decodeFirst(datagram, from, to) : undefined;
    if (element !== undefined) elements.push(element);
    else if (errno === constants.errno.ENOENT) refused = true;
    else throw new Error(`the kernel refuses to tell of its ruleset: errno ${errno}`);
  };
  return {
    elements,
    receive(socket) {
      const before = elements.length;
      refused = false;
      while (!refused) {
        const received = socket.receive();
        // The kernel answers inside `send`, so nothing there means nothing comes any more.
        if (received.kind === "empty") break;
        if (received.kind !== "datagram")
          throw new Error(`the kernel's answer broke off: ${received.kind}`);
        datagram = received.bytes;
        eachMessage(datagram, take);
      }
      return { found: elements.length - before, refused };
    },
  };
}

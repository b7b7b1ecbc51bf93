/**
 * Looks up addresses in one set, over one socket. A dump begins again at the first element for every datagram; a
 * look-up takes about 2 µs for each address, however large the set is.
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

/** Number of addresses per request: their answers fit into the default receive buffer. */
const ASKED_AT_ONCE = 64;
/** Number of requests between two turns of the event loop: about 2 ms. */
const REQUESTS_PER_TURN = 16;

/** Returns the addresses that the set contains, in the order of `ips`. */
export async function findElements(
  open: OpenNetlink,
  target: { readonly table: string; readonly set: string },
  ips: readonly Ip[],
): Promise<readonly KernelElement[]> {
  const socket = open({ groups: 0, receiveBytes: 1 << 20 });
  if (!socket.ok) throw new Error(`cannot ask the kernel about its ruleset: ${socket.error}`);
  try {
    const answers = createAnswers();
    let many = ASKED_AT_ONCE;
    for (let from = 0, requests = 1; from < ips.length; requests++) {
      const asked = ips.slice(from, from + many);
      const sent = socket.value.send(
        encodeRequest(askForElements(target.table, target.set, asked)),
      );
      if (!sent.ok) throw new Error(`cannot ask the kernel about its ruleset: ${sent.error}`);
      const { found, refused } = answers.receive(socket.value);
      // The address after the last answer is missing. The ones after it were not looked up.
      from += refused ? found + 1 : asked.length;
      // Halve the request: if many are missing, the addresses after the first of them would be requested repeatedly.
      many = refused ? Math.max(1, many >> 1) : Math.min(ASKED_AT_ONCE, many << 1);
      if (requests % REQUESTS_PER_TURN === 0) await nextTurn();
    }
    return answers.elements;
  } finally {
    socket.value.close();
  }
}

/**
 * Creates a request. The kernel answers with a message for each address, up to the first that the set does not contain.
 */
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
  /** Receives the answer to one request: how many were found, and whether a missing address ended it. */
  receive(socket: NetlinkSocket): { readonly found: number; readonly refused: boolean };
}

/** Creates a collector for the answers of all requests of a look-up; it allocates only the elements. */
function createAnswers(): Answers {
  const elements: KernelElement[] = [];
  let datagram: Buffer;
  let refused = false;
  const take = (errno: number | undefined, from: number, to: number): void => {
    const element = errno === undefined ? decodeFirst(datagram, from, to) : undefined;
    if (element !== undefined) elements.push(element);
    else if (errno === constants.errno.ENOENT) refused = true;
    else throw new Error(`the kernel refused to list its ruleset: errno ${errno}`);
  };
  return {
    elements,
    receive(socket) {
      const before = elements.length;
      refused = false;
      while (!refused) {
        const received = socket.receive();
        // The kernel answers inside `send`, so an empty socket means that the answer is complete.
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

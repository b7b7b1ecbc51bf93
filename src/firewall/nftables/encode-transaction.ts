/**
 * Encodes a transaction as netlink messages. libnftables takes as long to parse it as text as the kernel takes to apply
 * it.
 */
import type { Ip } from "../../domain/ip.ts";
import {
  encodeBatch,
  encodeName,
  NFT,
  type NetlinkChange,
} from "../../host/kernel/nftables-message.ts";
import { encodeElements } from "./encode-elements.ts";
import { LIST } from "./netlink-elements.ts";
import type { SetTransaction } from "./transaction.ts";

/**
 * Maximum number of elements in a message: the list is one attribute with a 16-bit length, which fits 1,489 IPv6
 * elements.
 */
const IN_MESSAGE = 1000;

export function encodeTransaction(table: string, plan: readonly SetTransaction[]): Uint8Array {
  return encodeBatch(
    plan.flatMap(({ set, gone, present, timeouts }) => {
      const place = [encodeName(LIST.table, table), encodeName(LIST.set, set)];
      const messages = (
        type: number,
        ips: readonly Ip[],
        ends: readonly (number | undefined)[],
      ): readonly NetlinkChange[] =>
        Array.from({ length: Math.ceil(ips.length / IN_MESSAGE) }, (_, i) => {
          const [from, to] = [i * IN_MESSAGE, (i + 1) * IN_MESSAGE];
          const elements = encodeElements(ips.slice(from, to), ends.slice(from, to));
          return { type, attributes: [...place, elements] };
        });
      return [
        ...messages(NFT.newElement, gone, []),
        ...messages(NFT.deleteElement, gone, []),
        ...messages(NFT.newElement, present, timeouts),
      ];
    }),
  );
}

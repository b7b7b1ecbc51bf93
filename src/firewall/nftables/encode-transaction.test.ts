import assert from "node:assert/strict";
import { test } from "node:test";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { attributesOf, decodeMessages, NFT, nameIn } from "../../host/kernel/nftables-message.ts";
import { encodeTransaction } from "./encode-transaction.ts";
import { decodeElements, LIST } from "./netlink-elements.ts";
import type { SetTransaction } from "./transaction.ts";

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

interface Sent {
  readonly type: number;
  readonly set: string;
  readonly ips: readonly Ip[];
  readonly bytes: number;
}

/** The messages of a transaction without its first and last. */
function sent(...plan: readonly SetTransaction[]): readonly Sent[] {
  const messages = [...decodeMessages(Buffer.from(encodeTransaction("t", plan)))];
  assert.deepEqual([messages.at(0)?.type, messages.at(-1)?.type], [16, 17]);
  return messages.slice(1, -1).map((message) => {
    const attributes = attributesOf(message.attributes);
    const ips = decodeElements(message).map((element) => element.ip);
    const bytes = message.attributes.length;
    return { type: message.type, set: nameIn(attributes.get(LIST.set)), ips, bytes };
  });
}

test("removed elements are added and deleted, and only then present ones are added", () => {
  const [gone, present] = [[ip("192.0.2.1"), ip("192.0.2.2")], [ip("192.0.2.1")]];
  const messages = sent(
    { set: "v4_32", gone, present, timeouts: [60] },
    { set: "v6_64", gone: [], present: [ip("2001:db8::")], timeouts: [undefined] },
  );
  assert.partialDeepStrictEqual(messages, [
    { type: NFT.newElement, set: "v4_32", ips: gone },
    { type: NFT.deleteElement, set: "v4_32", ips: gone },
    { type: NFT.newElement, set: "v4_32", ips: present },
    { type: NFT.newElement, set: "v6_64", ips: [ip("2001:db8::")] },
  ]);
});

test("thousands of elements make few messages, none longer than its length field allows", () => {
  const present = Array.from({ length: 2500 }, (_, n) => ip(`2001:db8::${(n + 1).toString(16)}`));
  const timeouts = present.map(() => 86_400_003);
  const messages = sent({ set: "v6_128", gone: [], present, timeouts });
  assert.deepEqual(
    messages.map(({ ips }) => ips.length),
    [1000, 1000, 500],
  );
  assert.deepEqual(
    messages.flatMap(({ ips }) => ips),
    present,
  );
  for (const { bytes } of messages) assert.ok(bytes < 65_536);
});

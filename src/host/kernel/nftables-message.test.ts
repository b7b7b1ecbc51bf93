import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import {
  attributesOf,
  decodeMessages,
  encodeName,
  encodeRequest,
  NFT,
  nameIn,
} from "./nftables-message.ts";

test("a decoded request equals the encoded one", () => {
  const request = {
    type: NFT.getSet,
    ask: "dump",
    attributes: [encodeName(1, "bailiff"), encodeName(2, "v4_32")],
  } as const;
  const [message, ...more] = decodeMessages(Buffer.from(encodeRequest(request)));
  assert.equal(more.length, 0);
  assert.ok(message !== undefined);
  assert.deepEqual([message.kind, message.type], ["object", NFT.getSet]);
  const attributes = attributesOf(message.attributes);
  assert.deepEqual([nameIn(attributes.get(1)), nameIn(attributes.get(2))], ["bailiff", "v4_32"]);
});

test("bytes that are not a message are ignored", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const message of decodeMessages(Buffer.from(bytes))) attributesOf(message.attributes);
    }),
    fuzzRuns(100),
  );
});

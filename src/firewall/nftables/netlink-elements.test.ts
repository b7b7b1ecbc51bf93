import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { parseIp } from "../../domain/ip.ts";
import { decodeMessages, encodeRequest } from "../../host/kernel/nftables-message.ts";
import { askForElements } from "./find-elements.ts";
import { decodeElements } from "./netlink-elements.ts";

test("addresses are encoded and decoded in the kernel's format", () => {
  const ips = [
    ...["192.0.2.1", "0.0.0.0", "255.255.255.255"],
    ...["2001:db8::1", "::", "fe80::ffff:0:1"],
  ].map((text) => {
    const ip = parseIp(text);
    assert.ok(ip !== undefined);
    return ip;
  });
  const [message] = decodeMessages(Buffer.from(encodeRequest(askForElements("t", "s", ips))));
  assert.ok(message !== undefined);
  assert.deepEqual(
    decodeElements(message),
    ips.map((ip) => ({ ip, packets: undefined, left: undefined })),
  );
});

test("bytes that are not an element are ignored", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const message of decodeMessages(Buffer.from(bytes))) decodeElements(message);
    }),
    fuzzRuns(100),
  );
});

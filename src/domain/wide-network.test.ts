import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject } from "./cidr.ts";
import { describeWideNetwork } from "./wide-network.ts";

for (const [text, expected] of [
  ["0.0.0.0/0", "every IPv4 address"],
  ["10.0.0.0/7", "1/128 of all IPv4 addresses"],
  ["10.0.0.0/8", undefined],
  ["192.0.2.7", undefined],
  ["::/0", "every IPv6 address"],
  ["2000::/3", "1/8 of all IPv6 addresses"],
  ["2000::/15", "1/32768 of all IPv6 addresses"],
  ["2001::/16", undefined],
  ["fc00::/7", undefined],
  ["fe80::/10", undefined],
  ["f800::/6", "1/64 of all IPv6 addresses"],
] as const)
  test(`${text} is ${expected === undefined ? "not too wide" : expected}`, () => {
    const subject = parseSubject(text);
    assert.ok(subject !== undefined);
    assert.equal(describeWideNetwork(subject), expected);
  });

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressScope } from "./address-scope.ts";
import { parseIp } from "./ip.ts";

test("an address is classified by where it can be reached from", () => {
  const table = {
    "0.0.0.0": "any",
    "::": "any",
    "127.0.0.53": "loopback",
    "::1": "loopback",
    "10.1.2.3": "private",
    "172.31.0.1": "private",
    "172.32.0.1": "public",
    "192.168.1.1": "private",
    "100.64.0.1": "private",
    "169.254.1.1": "private",
    "fd00::1": "private",
    "fe80::1": "private",
    "203.0.113.9": "public",
    "2001:db8::1": "public",
  };
  for (const [text, scope] of Object.entries(table)) {
    const ip = parseIp(text);
    assert.ok(ip !== undefined);
    assert.equal(addressScope(ip), scope, text);
  }
});

import assert from "node:assert/strict";
import test from "node:test";
import { shapeOf } from "./shape.ts";

test("lines of one kind have one shape", () => {
  const shapes = [
    [
      "Failed password for root from 192.0.2.7 port 4242 ssh2",
      "Failed password for root from <ip> port <n> ssh<n>",
    ],
    ["drop [192.0.2.7]:22, [2001:db8::1]", "drop [<ip>]:<n>, [<ip>]"],
    ["acct=\"root\" 'x y' z", "acct=<quoted> <quoted> z"],
    ["key SHA256:AbC/dEf+1= id 0123456789abcdef0", "key <key> id <hex>"],
    ["at 12:00 :: 1.5s", "at <n>:<n> :: <n>s"],
    ["[vaultwarden::api::admin] 2001:db8::7: no", "[vaultwarden::api::admin] <ip>: no"],
    ["08:45:00 ab:cd:ef", "<n>:<n>:<n> ab:cd:ef"],
    ["", ""],
  ] as const;
  for (const [message, shape] of shapes) assert.equal(shapeOf(message), shape);
});

test("a shape is bounded, for messages of any length", () => {
  assert.ok(shapeOf("word ".repeat(10_000)).length <= 400);
  assert.ok(shapeOf("x".repeat(100_000)).length <= 400);
});

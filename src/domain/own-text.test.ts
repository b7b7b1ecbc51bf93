import assert from "node:assert/strict";
import test from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import fc from "fast-check";
import { ownText } from "./own-text.ts";

test("the copy is the same text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => ownText(text) === text),
  );
});

test("an address kept from each of many chunks does not keep the chunks", () => {
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = vm.runInNewContext("gc");
  assert.ok(typeof collect === "function");
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept: string[] = [];
  for (let i = 0; i < 400; i++) {
    const chunk = `${"x".repeat(262_144)}198.51.100.${100 + (i % 100)}${i}`;
    kept.push(ownText(chunk.slice(262_144, 262_144 + 14)));
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.equal(kept[0], "198.51.100.100");
  assert.ok(grown < 20 * 2 ** 20, `${grown} bytes kept for 400 addresses`);
});

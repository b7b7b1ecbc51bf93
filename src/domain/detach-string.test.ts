import assert from "node:assert/strict";
import test from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import fc from "fast-check";
import { anyCharacter } from "../../test/any-character.ts";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { detachString } from "./detach-string.ts";

test("the copy has the same text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: anyCharacter, maxLength: 200 }),
      (text) => detachString(text) === text,
    ),
    fuzzRuns(100),
  );
});

test("keeping an address from each of many chunks does not keep the chunks alive", () => {
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = vm.runInNewContext("gc");
  assert.ok(typeof collect === "function");
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept: string[] = [];
  for (let i = 0; i < 100; i++) {
    const chunk = `${"x".repeat(262_144)}198.51.100.${100 + (i % 100)}${i}`;
    kept.push(detachString(chunk.slice(262_144, 262_144 + 14)));
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.equal(kept[0], "198.51.100.100");
  assert.ok(grown < 5 * 2 ** 20, `${grown} bytes kept for 100 addresses`);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { chainListKind } from "./chain-list-kind.ts";

test("chains are names in iptables' syntax", () => {
  const read = (value: unknown): unknown => chainListKind.read(value, {}, new Map());
  assert.deepEqual(read(["INPUT", "DOCKER-USER"]), { ok: true, value: ["INPUT", "DOCKER-USER"] });
  for (const value of [[], ["-F"], ["INPUT 1"], ["a; b"], ["x".repeat(29)], "INPUT", [7]])
    assert.partialDeepStrictEqual(read(value), { ok: false }, JSON.stringify(value));
});

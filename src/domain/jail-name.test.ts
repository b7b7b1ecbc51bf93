import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { parseJailName } from "./jail-name.ts";

test("plain names are jail names", () => {
  for (const name of ["sshd", "a", "7", "nginx-http-auth", "a.b_c-D", "x".repeat(64)]) {
    assert.equal(parseJailName(name), name);
  }
});

test("names with a special meaning in a path, a set or a terminal are refused", () => {
  for (const name of [
    "",
    ".",
    "..",
    ".x",
    "-x",
    "_x",
    "a b",
    "a/b",
    "a\n",
    "é",
    "a\u0000",
    "x".repeat(65),
  ]) {
    assert.equal(parseJailName(name), undefined, JSON.stringify(name));
  }
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii", maxLength: 70 }), (text) => {
      const name = parseJailName(text);
      assert.ok(name === undefined || /^[\w.-]{1,64}$/.test(name));
    }),
    fuzzRuns(100),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { seesOtherFolder } from "./mount-view.ts";

test("a process of our own mount namespace sees the same folders", () => {
  assert.equal(seesOtherFolder(process.pid, "/var/log"), false);
  assert.equal(seesOtherFolder(process.pid, "/no/such/folder"), false);
});

test("of a process that has ended nothing is known", () => {
  assert.equal(seesOtherFolder(2 ** 22 + 1, "/var/log"), undefined);
});

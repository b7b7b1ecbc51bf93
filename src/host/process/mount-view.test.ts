import assert from "node:assert/strict";
import { test } from "node:test";
import { seesOtherFolder } from "./mount-view.ts";

test("a process in the same mount namespace sees the same folders", () => {
  assert.equal(seesOtherFolder(process.pid, "/var/log"), false);
  assert.equal(seesOtherFolder(process.pid, "/no/such/folder"), false);
});

test("the view of an ended process is unknown", () => {
  assert.equal(seesOtherFolder(2 ** 22 + 1, "/var/log"), undefined);
});

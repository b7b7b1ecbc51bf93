import assert from "node:assert/strict";
import { test } from "node:test";
import { createOwnTransactions } from "./own-transactions.ts";

test("where the kernel's numbers are ours, only our children are ours", () => {
  const own = createOwnTransactions();
  own.started(10);
  own.ended(true);
  own.learn(10);
  own.started(11);
  own.ended(true);
  assert.equal(own.isOwn(11, "nft"), true);
  assert.equal(own.isOwn(12, "nft"), false);
});

test("in a container our transactions are counted, each once", () => {
  const own = createOwnTransactions();
  own.started(10);
  own.learn(99_010);
  assert.equal(own.isOwn(99_011, "nft"), false);
  own.ended(true);
  own.ended(false);
  assert.equal(own.isOwn(99_012, "firewalld"), false);
  assert.equal(own.isOwn(99_013, "nft"), true);
  assert.equal(own.isOwn(99_014, "nft"), false);
});

test("remembered numbers are bounded, the newest stay", () => {
  const own = createOwnTransactions();
  for (let pid = 1; pid <= 5000; pid++) own.started(pid);
  assert.equal(own.isOwn(1, "nft"), false);
  assert.equal(own.isOwn(5000, "nft"), true);
});

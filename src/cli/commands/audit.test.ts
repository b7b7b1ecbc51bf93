import assert from "node:assert/strict";
import { test } from "node:test";
import { describeChain } from "./audit.ts";

const HEAD = "0".repeat(64);
const INTACT = { intact: true, broken_at: null, entries: 2, head: HEAD, contains: null };

test("an intact audit shows its head, and how to keep it", () => {
  assert.match(
    describeChain(INTACT),
    /^The audit is intact: 2 entries\.\n  head: 0{64}\n.*another host/,
  );
  assert.match(
    describeChain({ ...INTACT, entries: 1, contains: true }),
    /^The audit is intact: 1 entry, and contains the entry of that head\.\n  head: 0{64}$/,
  );
});

test("a broken one says where, and a cut one that it is", () => {
  const broken = { intact: false, broken_at: 7, entries: null, head: null, contains: null };
  assert.match(describeChain(broken), /entry 7 is changed, missing or inserted/);
  assert.match(
    describeChain({ ...INTACT, contains: false }),
    /^The audit does not contain the entry of that head: it was rewritten or cut \(2 entries now\)/,
  );
});

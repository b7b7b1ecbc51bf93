import assert from "node:assert/strict";
import { test } from "node:test";
import type { Author } from "../domain/author.ts";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import type { Repair } from "./repair-tally.ts";
import { createRepairLog } from "./repair-log.ts";

function repair(seconds: number, unit: string | undefined, missing = 1): Repair {
  const by: Author = { program: "nft", pid: 100 + seconds, unit, parent: undefined };
  const at = instant(1_800_000_000_000 + seconds * 1000);
  return { at, by, missing, structure: true, took: duration(10) };
}

function count(...repairs: readonly Repair[]): number {
  const log = createRepairLog();
  for (const one of repairs) log.note(one);
  return log.list().length;
}

test("a service that stops and starts is one damage, however many transactions that takes", () => {
  const unit = "nftables.service";
  assert.equal(count(repair(0, unit), repair(1, unit), repair(2, unit)), 1);
  assert.equal(count(repair(0, unit), repair(60, unit)), 2);
});

test("a restart every few seconds counts each time", () => {
  const each = Array.from({ length: 10 }, (_, i) => repair(i * 3, "nftables.service"));
  assert.equal(count(...each), 5);
});

test("other repairs count separately: another unit, a session, an unknown author", () => {
  assert.equal(count(repair(0, "a.service"), repair(1, "b.service")), 2);
  assert.equal(count(repair(0, "session-3.scope"), repair(1, "session-3.scope")), 2);
  assert.equal(count(repair(0, undefined), repair(1, undefined)), 2);
});

test("the largest loss is kept, and the list is bounded", () => {
  const log = createRepairLog();
  log.note(repair(0, "a.service", 3));
  log.note(repair(1, "a.service", 700));
  assert.equal(log.list()[0]?.missing, 700);
  for (let i = 0; i < 200; i++) log.note(repair(10 + i * 10, undefined));
  assert.equal(log.list().length, 64);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import type { Block, Change } from "../../domain/enforcer.ts";
import { ALL_PORTS } from "../../domain/port-scope.ts";
import { sampleAt, sampleSubject } from "../../record/sample-entries.fixture.ts";
import { BlockLimit } from "./block-limit.ts";

function block(n: number, seconds: number | "forever"): Block {
  const until = seconds === "forever" ? seconds : sampleAt(seconds);
  return { subject: sampleSubject(n), scope: ALL_PORTS, until };
}

function add(n: number, seconds: number | "forever"): Change {
  return { kind: "add", ...block(n, seconds) };
}

function remove(n: number): Change {
  return { kind: "remove", subject: sampleSubject(n), scope: ALL_PORTS };
}

test("of all wanted blocks, those that end last are chosen", () => {
  const limit = new BlockLimit(2);
  const { chosen, leftOut } = limit.chooseAll([block(1, 30), block(2, "forever"), block(3, 60)]);
  assert.deepEqual(chosen, [block(2, "forever"), block(3, 60)]);
  assert.deepEqual(leftOut, [block(1, 30)]);
  assert.equal(limit.leftOut, 1);
});

test("a ban that ends later takes the place of the one that ends first, which is removed before", () => {
  const limit = new BlockLimit(2);
  limit.chooseAll([block(1, 30), block(2, 60)]);
  const { chosen, leftOut } = limit.chooseChanges([add(3, 90), add(4, 10)]);
  assert.deepEqual(chosen, [remove(1), add(3, 90)]);
  assert.deepEqual(leftOut, [block(1, 30), add(4, 10)]);
  assert.equal(limit.hasRoom, false);
  assert.deepEqual(limit.chooseChanges([remove(2)]).chosen, [remove(2)]);
  assert.equal(limit.hasRoom, true);
});

test("extending a block needs no room", () => {
  const limit = new BlockLimit(1);
  limit.chooseAll([block(1, 30)]);
  assert.deepEqual(limit.chooseChanges([add(1, 60)]), { chosen: [add(1, 60)], leftOut: [] });
});

test("no sequence of changes ever exceeds the capacity", () => {
  const change = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 50 })) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(30), fc.constant(undefined)) },
  );
  const batches = fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 12 });
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 6 }), (all, capacity) => {
      const limit = new BlockLimit(capacity);
      const held = new Map<string, number>();
      for (const batch of all) {
        const changes = batch.map(([n, end]) => (end === undefined ? remove(n) : add(n, end)));
        for (const one of limit.chooseChanges(changes).chosen) {
          if (one.kind === "remove") held.delete(one.subject);
          else held.set(one.subject, Number(one.until));
          assert.ok(held.size <= capacity, `${held.size} of ${capacity}`);
        }
      }
    }),
    fuzzRuns(100),
  );
});

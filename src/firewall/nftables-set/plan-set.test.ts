import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../../domain/cidr.ts";
import { instant, type Until } from "../../domain/instant.ts";
import { adoptElements, heldByOthers, listBlocks, planSet } from "./plan-set.ts";
import { readState, type SetState } from "./set-elements.ts";

const NOW = instant(1_000_000_000);

function stateOf(flags: readonly string[], elem: readonly unknown[]): SetState {
  return readState({ name: "blocked", type: "ipv4_addr", flags, elem }, "ipv4");
}

function ours(val: unknown, expires?: number): unknown {
  return { elem: { val, comment: "bailiff", ...(expires === undefined ? {} : { expires }) } };
}

function claims(
  ends: Readonly<Record<string, Until>>,
): Map<ReturnType<typeof literalSubject>, Until> {
  return new Map(Object.entries(ends).map(([text, until]) => [literalSubject(text), until]));
}

const NETWORK = { prefix: { addr: "192.0.2.0", len: 24 } };

test("of nested blocks the widest is an element, and the others follow when it is gone", () => {
  const all = claims({ "192.0.2.1": "forever", "192.0.2.0/24": "forever", "192.0.3.1": "forever" });
  const first = planSet(stateOf(["interval"], [ours("192.0.2.1")]), all, NOW);
  assert.deepEqual(first.removed, ["192.0.2.1"]);
  assert.deepEqual(first.added, ['192.0.2.0/24 comment "bailiff"', '192.0.3.1 comment "bailiff"']);
  const state = stateOf(["interval"], [ours(NETWORK), ours("192.0.3.1")]);
  assert.deepEqual(
    listBlocks(state, all, NOW).map(({ subject }) => subject),
    [...all.keys()],
  );
  all.delete(literalSubject("192.0.2.0/24"));
  const then = planSet(state, all, NOW);
  assert.deepEqual([then.removed, then.added], [["192.0.2.0/24"], ['192.0.2.1 comment "bailiff"']]);
});

test("an element is replaced only if its end differs", () => {
  const state = stateOf(
    ["timeout"],
    [ours("192.0.2.1", 63), ours("192.0.2.2", 30), ours("192.0.2.3")],
  );
  const until = instant(NOW + 60_000);
  const all = claims({ "192.0.2.1": until, "192.0.2.2": until, "192.0.2.3": "forever" });
  const { removed, added } = planSet(state, all, NOW);
  assert.deepEqual([removed, added], [["192.0.2.2"], ['192.0.2.2 timeout 63s comment "bailiff"']]);
});

test("blocks that ended are removed, and without a timeout no end is written", () => {
  const state = stateOf([], [ours("192.0.2.1")]);
  const all = claims({ "192.0.2.1": NOW, "192.0.2.2": instant(NOW + 1) });
  const { removed, added } = planSet(state, all, NOW);
  assert.deepEqual([removed, added], [["192.0.2.1"], ['192.0.2.2 comment "bailiff"']]);
});

test("elements of others are never removed, and decide what is refused", () => {
  const range = { range: ["192.0.2.5", "192.0.2.9"] };
  const timed = { elem: { val: "203.0.113.1", timeout: 60, expires: 30 } };
  const state = stateOf(["interval", "timeout"], [range, timed, "198.51.100.1"]);
  const all = claims({
    "192.0.2.0/24": "forever",
    "192.0.2.6": "forever",
    "192.0.2.77": "forever",
    "198.51.100.1": "forever",
    "203.0.113.1": "forever",
  });
  const { removed, added, refused } = planSet(state, all, NOW);
  assert.deepEqual([removed, added], [[], ['192.0.2.77 comment "bailiff"']]);
  assert.deepEqual(Object.fromEntries(refused), {
    "192.0.2.0/24": "set blocked has 192.0.2.5-192.0.2.9 of another program, which overlaps",
    "203.0.113.1": "set blocked has 203.0.113.1 of another program, which ends sooner",
  });
  const listed = listBlocks(state, all, NOW).map(({ subject }) => subject);
  assert.deepEqual(listed, ["192.0.2.6", "198.51.100.1"]);
});

test("an element of another program without an end holds a ban for its time, and is not removed at its end", () => {
  const state = stateOf(["timeout"], ["192.0.2.1", ours("192.0.2.2", 63)]);
  const until = instant(NOW + 60_000);
  const all = claims({ "192.0.2.1": until, "192.0.2.2": until });
  const left = listBlocks(state, all, NOW).map((block) => [block.subject, block.left]);
  assert.deepEqual(left, [
    ["192.0.2.1", 60_000],
    ["192.0.2.2", 63_000],
  ]);
  assert.deepEqual(heldByOthers(state, all, NOW), ["192.0.2.1"]);
  const { removed, added } = planSet(state, all, until);
  assert.deepEqual([removed, added], [["192.0.2.2"], []]);
  assert.deepEqual(listBlocks(state, claims({}), until).length, 1, "only its own, to be removed");
});

test("elements of an earlier run become claims", () => {
  const adopted = adoptElements(stateOf([], [ours("192.0.2.1", 5), "192.0.2.2"]), new Map(), NOW);
  assert.deepEqual([...adopted], [["192.0.2.1", NOW + 5000]]);
});

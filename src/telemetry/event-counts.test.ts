import assert from "node:assert/strict";
import test from "node:test";
import { EventCounts } from "./event-counts.ts";
import { EVENTS } from "./events.ts";

test("every event of the catalog is counted, also those that never happened", () => {
  const counts = new EventCounts();
  counts.note("ban");
  counts.note("ban");
  counts.note("unban");
  const list = new Map(counts.list());
  assert.deepEqual([...list.keys()].toSorted(), Object.keys(EVENTS).toSorted());
  assert.deepEqual([list.get("ban"), list.get("unban"), list.get("failure")], [2, 1, 0]);
});

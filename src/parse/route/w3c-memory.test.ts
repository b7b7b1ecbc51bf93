import assert from "node:assert/strict";
import { test } from "node:test";
import { W3cMemory } from "./w3c-memory.ts";

test("each file has its own columns, or those of the file before it", () => {
  const memory = new W3cMemory();
  assert.equal(memory.columnsAt({}).names, undefined);
  const [old, next, last] = [{}, {}, {}];
  memory.note("#Fields: c-ip", { content: old });
  memory.note("#Fields: time c-ip", { content: next });
  assert.deepEqual(memory.columnsAt({ content: next }).names, ["time", "c-ip"]);
  assert.deepEqual(memory.columnsAt({ content: old }).names, ["c-ip"]);
  assert.deepEqual(memory.columnsAt({ content: last }).names, ["time", "c-ip"]);
});

test("that columns are unknown is said once, and again after a directive that is not believed", () => {
  const memory = new W3cMemory();
  const take = (): boolean => {
    memory.noteUnknown();
    return memory.takeUnknown();
  };
  assert.deepEqual([take(), take()], [true, false]);
  memory.note("#Fields: c-ip", {});
  memory.note("#Fields: cs-username c-ip", {});
  assert.deepEqual([take(), take()], [true, false]);
});

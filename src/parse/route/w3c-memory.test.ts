import assert from "node:assert/strict";
import { test } from "node:test";
import { readDirective } from "../structured/w3c-log.ts";
import { W3cMemory } from "./w3c-memory.ts";

const lines = (known: Readonly<Record<string, string>>) => (opening: string) => known[opening];

test("directives of before the position, the date only where lines have none", () => {
  const whole = lines({ "#Fields:": "#Fields: date c-ip", "#Date:": "#Date: 2026-11-28 09:00:00" });
  assert.deepEqual(new W3cMemory().columnsAt({ lastBefore: whole }), {
    ...{ names: ["date", "c-ip"], date: "" },
  });
  const dated = lines({ "#Fields:": "#Fields: time c-ip", "#Date:": "#Date: 2026-11-28 09:00:00" });
  assert.deepEqual(new W3cMemory().columnsAt({ lastBefore: dated }), {
    ...{ names: ["time", "c-ip"], date: "2026-11-28 09:00:00" },
  });
  const undated = lines({ "#Fields:": "#Fields: time c-ip" });
  assert.equal(new W3cMemory().columnsAt({ lastBefore: undated }).date, "");
});

test("each file has its own columns, or those of the file before it", () => {
  const memory = new W3cMemory();
  assert.equal(memory.columnsAt({}).names, undefined);
  const [old, next, last] = [{}, {}, {}];
  const columns = readDirective("#Fields: c-ip", memory.columnsAt({ content: old }));
  memory.set({ content: old }, columns);
  const lastBefore = lines({ "#Fields:": "#Fields: time c-ip" });
  assert.deepEqual(memory.columnsAt({ content: next, lastBefore }).names, ["time", "c-ip"]);
  assert.deepEqual(memory.columnsAt({ content: old }).names, ["c-ip"]);
  assert.deepEqual(memory.columnsAt({ content: last }).names, ["time", "c-ip"]);
});

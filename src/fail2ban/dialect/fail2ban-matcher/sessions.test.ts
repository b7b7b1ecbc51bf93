import assert from "node:assert/strict";
import { test } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { Groups } from "../groups.ts";
import { Sessions, type Joined } from "./sessions.ts";

function groupsOf(values: Readonly<Record<string, string>>): Groups {
  const groups = new Groups();
  for (const [name, value] of Object.entries(values)) groups.set(name, value);
  return groups;
}

function lineOf(source: string) {
  const { length } = source;
  return { source, length, start: 0, end: 0, at: undefined, lent: "" };
}

test("a session of harmless lines keeps the last hundred lines", () => {
  const sessions = new Sessions();
  for (let i = 0; i < 10_000; i++)
    sessions.join("pid", groupsOf({ nofail: "yes" }), { lines: [lineOf(`line ${i}`)], now: 0 });
  const { lines } = sessions.join("pid", groupsOf({}), { lines: [lineOf("failed")], now: 0 });
  assert.equal(lines.length, 100);
  assert.equal(lines.at(-2)?.source, "line 9999");
});

test("a session of failures without an address keeps the last hundred lines and a hundred names", () => {
  const sessions = new Sessions();
  let last: Joined | undefined;
  for (let i = 0; i < 10_000; i++) {
    const lines = [lineOf(`line ${i}`)];
    last = sessions.join("pid", groupsOf({ user: `u${i % 500}` }), { lines, now: 0 });
    last.suspend();
  }
  assert.equal(last?.lines.length, 100);
  assert.equal(last?.lines.at(-1)?.source, "line 9999");
  assert.equal(last?.users.size, 100);
});

test("sessions that are kept do not keep the chunks their lines were read in", () => {
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = vm.runInNewContext("gc");
  assert.ok(typeof collect === "function");
  const sessions = new Sessions();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 1000; i++) {
    const id = String(1_000_000_000_000_000 + i);
    const chunk = `${"x".repeat(65_536)}${id}`;
    const text = chunk.slice(65_536);
    sessions.join(`pid ${i % 90}`, groupsOf({ ip4: text }), { lines: [], now: 0 });
    sessions.join("of many lines", groupsOf({}), { lines: [lineOf(text)], now: 0 }).suspend();
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  const { lines } = sessions.join("of many lines", groupsOf({}), { lines: [], now: 0 });
  assert.equal(lines.length, 100);
  assert.ok(grown < 4 * 2 ** 20, `${grown} bytes kept`);
});

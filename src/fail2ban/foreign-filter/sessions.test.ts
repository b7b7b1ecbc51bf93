import assert from "node:assert/strict";
import { test } from "node:test";
import { Groups } from "../groups.ts";
import { createSessions, type Joined } from "./sessions.ts";

function groupsOf(values: Readonly<Record<string, string>>): Groups {
  const groups = new Groups();
  for (const [name, value] of Object.entries(values)) groups.set(name, value);
  return groups;
}

function lineOf(source: string) {
  const { length } = source;
  return { source, length, start: 0, end: 0, at: undefined, lent: "" };
}

test("a session of endless lines that are harmless keeps the last hundred", () => {
  const sessions = createSessions();
  for (let i = 0; i < 10_000; i++)
    sessions.join("pid", groupsOf({ nofail: "yes" }), { lines: [lineOf(`line ${i}`)], now: 0 });
  const { lines } = sessions.join("pid", groupsOf({}), { lines: [lineOf("failed")], now: 0 });
  assert.equal(lines.length, 100);
  assert.equal(lines.at(-2)?.source, "line 9999");
});

test("a session of endless failures of nobody known keeps the last hundred, and a hundred names", () => {
  const sessions = createSessions();
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

import assert from "node:assert/strict";
import test from "node:test";
import { parseRecordKey, valuesAt } from "./record-path.ts";

function valuesOf(key: string, root: unknown): readonly unknown[] | undefined {
  const parsed = parseRecordKey(key);
  if (!parsed.ok) return undefined;
  return parsed.value.paths.flatMap((path) => valuesAt(root, path, (text) => JSON.parse(text)));
}

const ROOT = {
  a: { b: 1, "c.d": 2, "e.f": { g: 3 } },
  list: [{ ip: "x" }, { ip: "y" }, {}, 4],
  text: '{"ip":"z","list":[5]}',
  none: null,
  "h.i": 6,
  "a?b": 7,
  "with space": 8,
};

const FOUND: readonly (readonly [string, readonly unknown[]])[] = [
  ["a.b", [1]],
  ["a.c.d", [2]],
  ["h.i", [6]],
  ['a."c.d"', [2]],
  ['a."e.f".g', [3]],
  ["a.e.f.g", []],
  ["list.1.ip", ["y"]],
  ["list.*.ip", ["x", "y"]],
  ["list.*", [{ ip: "x" }, { ip: "y" }, {}, 4]],
  ["text{}.ip", ["z"]],
  ["text{}.list.*", [5]],
  ["text.ip", []],
  ["a{}.b", []],
  ["a.b.*", []],
  ["none", []],
  ["none|x|a.b", [1]],
  ["a.b?", [1]],
  ['"a?b"', [7]],
  ["with space", [8]],
  ["toString", []],
  ["list.length", [4]],
];

test("a key leads to the values that it names", () => {
  for (const [key, values] of FOUND) assert.deepEqual(valuesOf(key, ROOT), values, key);
});

test("a value in more than one spelling of its path is present, and none of them is believed", () => {
  for (const root of [
    { "c.ip": "x", c: { ip: "y" } },
    { c: { ip: "y" }, "c.ip": "y" },
    { list: [{ "c.ip": "x" }, { c: { ip: "y" } }] },
  ])
    assert.deepEqual(valuesOf("list" in root ? "list.*.c.ip" : "c.ip", root), [[]]);
  assert.deepEqual(valuesOf("a.b.c", { "a.b.c": 1, a: { "b.c": 2 } }), [[]]);
  assert.deepEqual(valuesOf("c.ip", { "c.ip": null, c: { ip: "y" } }), ["y"]);
  assert.deepEqual(valuesOf("list.*.c.ip", { list: [{ "c.ip": 1 }, { "c.ip": 2 }] }), [1, 2]);
});

test("a list is looked at up to a bound", () => {
  const ips = Array.from({ length: 1000 }, (_, i) => i);
  assert.equal(valuesOf("ips.*", { ips })?.length, 64);
});

test("a mistake in a key is refused with its place", () => {
  for (const [key, got] of [
    ["", /character 1$/],
    ["a..b", /character 3$/],
    [".a", /character 1$/],
    ["a.", /character 3$/],
    ["a|", /character 3$/],
    ["a?b", /character 2$/],
    ['a."b', /character 3$/],
    ["a.b*", /character 4$/],
    ["a{x}", /character 2$/],
    [Array.from({ length: 17 }, () => "a").join("."), /character 33$/],
    ["a|b|c|d|e|f|g|h|i", /more than 8 alternatives/],
  ] as const) {
    const parsed = parseRecordKey(key);
    assert.ok(!parsed.ok, key);
    assert.match(parsed.error.got, got);
  }
});

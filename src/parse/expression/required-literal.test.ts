import assert from "node:assert/strict";
import test from "node:test";
import { requiredLiteral } from "./required-literal.ts";

test("the longest literal that every match contains is found", () => {
  for (const [source, expected] of [
    ["abc", "abc"],
    [String.raw`(?<ip>[0-9.]+) - \[[^\]]*\] "(?:[^"\\]|\\.)*" 401 .*`, '" 401 '],
    [String.raw`failed \(code\) for (?:.*) now`, "failed (code) for "],
    ["ab?cd*efg+h", "ef"],
    ["ab{2}cde{0,3}f", "cd"],
    ["(?:long text)?ab", "ab"],
    ["(?:a(?:b)c)defg", "defg"],
    ["[abc|(]xy[^)]z", "xy"],
    [String.raw`\d+abc\w\bde`, "abc"],
    [String.raw`a\\b`, String.raw`a\b`],
    [String.raw`\x41b\u0041cd\cJef\d1`, "cd"],
    ["abc|abd", ""],
    ["(?:abc|abd)", ""],
    [".*", ""],
  ] as const) {
    assert.equal(requiredLiteral(source), expected, source);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { mayGoOn } from "./whole-address.ts";

/** The address is in brackets; the line is truncated at "|" or at the end. */
function isAmbiguous(marked: string): boolean {
  const text = marked.replace(/[[\]|]/g, "");
  const start = marked.indexOf("[");
  const end = marked.indexOf("]") - 1;
  const cut = marked.includes("|") ? marked.indexOf("|") - 2 : text.length;
  return mayGoOn(text, { start, end, from: 0, cut });
}

test("an address is ambiguous if the text around it can extend it", () => {
  for (const [marked, expected] of [
    ["from [192.0.2.1]:80", false],
    ["from [2001:db8::7] port", false],
    ["from [2001:db8::7]:80 x", true],
    ["from [2001:db8::7]:", true],
    ["from [2001:db8::7]:| 80", true],
    ["from [2001:db8::7]|", false],
    ["from [2001:db8::7]: error", false],
    ["from [2001:db8::7]1 x", true],
    ["1:[2001:db8::7] x", true],
    ["f[2001:db8::7] x", false],
    ["f:[2001:db8::7] x", true],
    ["1:2:3:4:5:6:[7::8] x", true],
    ["from [2001:db8::7]. x", false],
  ] as const)
    assert.equal(isAmbiguous(marked), expected, marked);
});

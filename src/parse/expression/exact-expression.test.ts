import assert from "node:assert/strict";
import { test } from "node:test";
import { createBeginningCheck, createExactExpression, readExpression } from "./exact-expression.ts";
import { createEffort } from "./search-effort.ts";

/** Expressions as JavaScript has them, and texts. */
const CASES: readonly (readonly [string, ...string[]])[] = [
  ["a(b)?(c)", "abc", "ac", "ab", "xabc"],
  ["(?<user>\\S+) from (?<ip>[\\d.]+)", "bob from 192.0.2.1", "b\u00e9b from 1", "a from x"],
  ["^a$", "a", "a\n", "ab"],
  ["a|^b", "b", "a", "c"],
  ["a.c", "abc", "a\nc", "a\rc", "a\u2028c", "a\u00e9c"],
  ["\\s+x", " \t\u00a0\ufeff\u3000x", "\u0085x", "\x1cx"],
  ["\\S+", "\u0085a", "\u00a0a"],
  ["[\\s,]+x", ", \u2003x", "\x1cx"],
  ["[^\\S ]x", "\tx", " x", "\u00a0x"],
  ["[\\S]+", "ab c"],
  ["\\d\\D\\w\\W", "1a1-", "\u0663a1-", "1\u0663a\u00e9"],
  ["\\bab\\b", "ab", "abc", "ab\u00e9"],
  ["[^]b", "\nb", "ab"],
  ["a[]|c", "c", "a"],
  ["[^a]", "b", "a"],
  ["[[a]+", "[a[", "b"],
  ["[\\]a\\-]+", "]a-", "b"],
  ["a{2}b{1,}c{1,2}", "aabbcc", "abc"],
  ["a{,2}{x}", "a{,2}{x}", "aa"],
  ["\\x41\\u00e9\\cJ\\t\\n", "A\u00e9\n\t\n", "A"],
  ["\\q\\-\\/\\.", "q-/.", "x"],
  ["(?:a|b)+?c", "abac", "ab"],
];

test("the exact matcher captures what V8 captures", () => {
  for (const [source, ...texts] of CASES) {
    const v8 = new RegExp(source, "y");
    const exact = createExactExpression(() => source);
    for (const text of texts) {
      v8.lastIndex = 0;
      const expected = v8.exec(text);
      const found = exact(text, createEffort());
      const where = `${source} on ${JSON.stringify(text)}`;
      assert.deepEqual(found, expected === null ? null : [...expected], where);
    }
  }
});

test("every beginning of a text that matches may match, and one that nothing can complete may not", () => {
  for (const [source, ...texts] of CASES) {
    const mayBegin = createBeginningCheck(() => source);
    for (const text of texts) {
      const match = new RegExp(source, "y").exec(text)?.[0];
      for (let end = 0; match !== undefined && end <= match.length; end++)
        assert.ok(mayBegin(match.slice(0, end), createEffort()), `${source}: ${match} to ${end}`);
    }
  }
  for (const [source, ...texts] of [
    ["[\\da-f.:]+ [\\d.:]+ - .*\\n", "192.0.2.7 - ", "192.0.2.7 x", "x"],
    ["a{3,5}b\\n", "ab", "aab", "aaaaaa"],
    ["(?:ab)+c\\n", "aba ", "abb"],
    ["one|two\\n", "ot", "twi", "three"],
    ["\\bab\\b c", "abc"],
  ] as const)
    for (const text of texts)
      assert.ok(!createBeginningCheck(() => source)(text, createEffort()), `${source}: ${text}`);
  assert.ok(createBeginningCheck(() => "b")("a", createEffort(0)), "without effort it is unknown");
});

test("compiling costs effort, and is postponed without enough effort", () => {
  let compiled = 0;
  const exact = createExactExpression(() => {
    compiled++;
    return "a+b";
  });
  const none = createEffort(0);
  assert.equal(exact("ab", none), null);
  assert.equal(none.overLimit, 1);
  assert.equal(compiled, 0);
  const enough = createEffort(1000);
  assert.deepEqual(exact("ab", enough), ["ab"]);
  assert.deepEqual(exact("ab", enough), ["ab"]);
  assert.equal(compiled, 1);
  assert.ok(enough.left < 1000 - "a+b".length);
});

test("a source that the dialect refuses is a bug", () => {
  const exact = createExactExpression(() => "a(");
  assert.throws(() => exact("a", createEffort()), /: a\($/);
});

test("what every match begins with and contains", () => {
  for (const [source, openings, required] of [
    ["abc", ["abc"], [["abc"]]],
    [
      String.raw`(?<ip>[0-9.]+) - \[[^\]]*\] "(?:[^"\\]|\\.)*" 401 .*`,
      [""],
      [[" - ["], ['] "'], ['" 401 ']],
    ],
    [
      String.raw`failed \(code\) for (?:.*) now`,
      ["failed (code) for "],
      [["failed (code) for "], [" now"]],
    ],
    ["ab?cd*efg+h", ["abc", "ac"], [["a"], ["c"], ["ef"], ["g"], ["h"]]],
    ["(?:long text)?ab", ["long textab", "ab"], [["ab"]]],
    [String.raw`a\\b`, [String.raw`a\b`], [[String.raw`a\b`]]],
    ["(?:abc|abd|x[0-9]yz)", ["abc", "abd", "x"], [["abc", "abd", "yz"]]],
    ["(?:abc|[0-9])d", [""], [["d"]]],
    [".*", [""], []],
  ] as const) {
    const read = readExpression(source);
    assert.deepEqual(read.openings, openings, source);
    assert.deepEqual(read.required, required, source);
  }
});

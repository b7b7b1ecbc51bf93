import assert from "node:assert/strict";
import { test } from "node:test";
import { explainExpression } from "./explain-dialect.ts";

for (const [source, got, expected] of [
  ["login from (?<ip>.*)", undefined, undefined],
  ["login from <HOST>", '"<HOST>"', "(?<ip>\\S+)"],
  ["login of <F-USER>.*</F-USER>", '"<F-USER>"', "(?<user>…)"],
  ["login from (?P<ip>.*)", '"(?P<ip>"', "(?<ip>…)"],
  ["(?i)login", '"(?i)"', "no flags"],
  ["login\\Z", '"\\\\Z"', "^ and $, or nothing"],
  ["%(__prefix)s login", '"%(__prefix)s"', "the text itself"],
  ["login (failed", '"(" that is never closed', '")"'],
  ["login [failed", '"[" that is never closed', '"]"'],
  ["*login", "a repetition of nothing", "something before *, + or ?"],
  ["(?<ip>a) (?<user>b) (?<ip>c)", "two groups of the name ip", "one of each name"],
  ["login (?<1>failed)", "a group without a proper name", "a name, as in (?<ip>…)"],
  ["login \\", '"\\" at the end', "a character after it"],
] as const)
  test(`what is wrong in ${source}`, () => {
    const explained = explainExpression(source);
    assert.deepEqual([explained?.got, explained?.expected], [got, expected]);
  });

test("other mistakes have the engine's message", () => {
  assert.deepEqual(explainExpression("a{2,1}"), {
    got: "numbers out of order in {} quantifier",
    expected: "a valid regular expression",
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean, expectChoice } from "./did-you-mean.ts";

test("the closest known word is suggested, if it is close enough", () => {
  const known = ["findtime", "maxretry", "bantime", "ban"];
  for (const [typed, expected] of [
    ["findtme", "findtime"],
    ["FINDTIME", "findtime"],
    ["fnidtime", "findtime"],
    ["maxretri", "maxretry"],
    ["bn", "ban"],
    ["bna", "ban"],
    ["x", undefined],
    ["", undefined],
  ] as const)
    assert.equal(didYouMean(typed, known), expected, typed);
  assert.equal(didYouMean("ban", []), undefined);
});

test("every choice is listed unless a hint names the likely one", () => {
  const choices = ["a", "b"];
  assert.equal(expectChoice("a letter", { choices, hint: undefined }), "one of a, b");
  assert.equal(expectChoice("a letter", { choices, hint: "a" }), "a letter");
  const none = expectChoice("a letter", { choices: [], hint: undefined });
  assert.equal(none, "a letter, but none exists here");
});

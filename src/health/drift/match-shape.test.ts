import assert from "node:assert/strict";
import { test } from "node:test";
import { matchShape, oneDifference, WORD } from "./match-shape.ts";
import { tokenize } from "./message-tokens.ts";

/** The shape of a message, in which each word "*" may be any word. */
function shapeOf(message: string): readonly string[] {
  return tokenize(message).tokens.map(({ template }) => (template === "*" ? WORD : template));
}

function match(shape: string, message: string): readonly string[] | undefined {
  return matchShape(shapeOf(shape), tokenize(message).tokens);
}

const DENIED = "denied for user bob: no entry";

for (const [what, shape, message, values] of [
  ["the same words", "gate closed", "gate closed", []],
  [
    "other values",
    "closed by 192.0.2.7 port 22",
    "closed by 192.0.2.8 port 23",
    ["192.0.2.8", "23"],
  ],
  ["another name", DENIED, "denied for user eve: no entry", ["eve"]],
  ["a name with blanks", DENIED, "denied for user a b c: no entry", ["a b c"]],
  [
    "a name with the shape's own words",
    DENIED,
    "denied for user x: no entry: no entry",
    ["x: no entry"],
  ],
  ["a name that ends otherwise", DENIED, "denied for user a b no entry", undefined],
  ["too few words", DENIED, "denied for user bob: no", undefined],
  ["too many words, and no name", "gate closed", "gate closed again", undefined],
  ["another first word", "gate closed", "door closed", undefined],
  ["another word", "gate closed", "gate open", undefined],
  ["any word", "gate * closed", "gate north closed", ["north"]],
  ["any word, a host name", "gate * closed", "gate a.example closed", ["a.example"]],
  ["no word at all", "gate * closed", "gate  closed", undefined],
  ["a word that says something", "gate * closed", "gate accepted closed", undefined],
  ["an address in place of a word", "gate * closed", "gate 192.0.2.7 closed", undefined],
] as const)
  test(`a message of a known shape: ${what}`, () =>
    assert.deepEqual(match(shape, message), values));

for (const [what, shape, message, position] of [
  ["one word", "gate north closed", "gate south closed", 1],
  ["a word and a host name", "gate north closed", "gate a.example closed", 1],
  ["one word that may be any", "gate * closed", "gate south closed", -1],
  ["nothing", "gate north closed", "gate north closed", -1],
  ["two words", "gate north closed", "door south closed", -1],
  ["their length", "gate north closed", "gate closed", -1],
  ["a word that says something", "gate refused closed", "gate north closed", -1],
  ["by a word that says something", "gate north closed", "gate refused closed", -1],
  ["an address", "gate 192.0.2.7 closed", "gate north closed", -1],
] as const)
  test(`two shapes differ in ${what}`, () => {
    assert.equal(oneDifference(shapeOf(shape), tokenize(message).tokens), position);
  });

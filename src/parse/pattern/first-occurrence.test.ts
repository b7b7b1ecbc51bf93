import assert from "node:assert/strict";
import test from "node:test";
import { createExactExpression } from "../expression/exact-expression.ts";
import { createEffort, RULES_EFFORT } from "../expression/search-effort.ts";
import { beforeFirst, MAX_SOURCE, searchStates } from "./first-occurrence.ts";

/** Every word of the letters, up to a length. */
function wordsOf(letters: string, length: number): readonly string[] {
  if (length === 0) return [""];
  const shorter = wordsOf(letters, length - 1);
  const longest = shorter.filter((word) => word.length === length - 1);
  return [...shorter, ...longest.flatMap((word) => letters.split("").map((one) => word + one))];
}

const TEXTS = wordsOf("abx", 6);

/** The state after the text; undefined: the literal occurred. */
function stateAfter(text: string, literal: string): number | undefined {
  const states = searchStates(literal);
  let state = 0;
  for (const char of text) {
    const next = states[state]?.transitions.find(
      ({ chars, isOther }) => chars.includes(char) !== isOther,
    );
    if (next === undefined) return undefined;
    state = next.to;
  }
  return state;
}

test("the expression and the states take exactly the text before the first occurrence", () => {
  for (const literal of wordsOf("ab", 5).filter(Boolean)) {
    const expression = new RegExp(`^(${beforeFirst(literal)})${literal}$`);
    const states = searchStates(literal);
    for (const text of TEXTS) {
      const isFirst = (text + literal).indexOf(literal) === text.length;
      const shown = `${JSON.stringify(text)} before ${literal}`;
      assert.equal(expression.exec(text + literal)?.[1] === text, isFirst, shown);
      const state = stateAfter(text, literal);
      assert.equal(state !== undefined && states[state]?.mayEnd === true, isFirst, shown);
    }
  }
});

const LITERALS = [
  " from ",
  "] ",
  "\\-^.*",
  ", client: ",
  '" while reading client request headers, client: ',
  " failed for host for ",
];

test("literals of real lines: V8 and the matcher that counts its steps agree", () => {
  for (const literal of LITERALS) {
    const escaped = literal.replace(/[\\^.*\]]/g, "\\$&");
    const source = `(${beforeFirst(literal)})${escaped}(.*)\\n`;
    const exact = createExactExpression(() => source);
    for (const before of ["", literal.slice(0, -1), "x y", literal.slice(1), `a${literal[0]}b`]) {
      const line = `${before + literal}192.0.2.7${literal.repeat(40)}\n`;
      const at = line.indexOf(literal);
      const found = exact(line, createEffort(RULES_EFFORT));
      assert.equal(new RegExp(`^${source}`).exec(line)?.[1], line.slice(0, at), literal);
      assert.equal(found?.[1], line.slice(0, at), literal);
    }
  }
});

test("a literal that repeats itself has a long expression, and its length is bounded", () => {
  assert.ok(LITERALS.every((literal) => beforeFirst(literal).length < MAX_SOURCE / 2));
  let repeating = "a";
  for (const letter of "bcdefghijk") repeating += letter + repeating;
  assert.ok(beforeFirst(repeating).length > MAX_SOURCE);
});

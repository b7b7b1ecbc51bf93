import assert from "node:assert/strict";
import { test } from "node:test";
import { compileProgram } from "./compile-program.ts";
import { parseExpression } from "./parse-expression.ts";
import { literalOf, numberAt, setAt } from "./program.ts";

test("a missing instruction reads as undefined", () => {
  const parsed = parseExpression("ab[c]");
  assert.ok(parsed.ok);
  const program = compileProgram(parsed.value.tree, 0);
  assert.equal(literalOf(program, 0), "ab");
  assert.ok(setAt(program, 0).has(99));
  assert.equal(literalOf(program, 1), "");
  assert.ok(!setAt(program, 1).has(99));
  assert.equal(numberAt(program.x, program.x.length), 0);
});

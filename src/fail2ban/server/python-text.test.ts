import assert from "node:assert/strict";
import { test } from "node:test";
import { type PickleValue, tuple } from "./pickle-value.ts";
import { pythonRepr, pythonText } from "./python-text.ts";

const REPRS: readonly (readonly [PickleValue, string])[] = [
  [null, "None"],
  [true, "True"],
  [-7, "-7"],
  [2n ** 70n, "1180591620717411303424"],
  [{ kind: "float", value: 1 }, "1.0"],
  [{ kind: "float", value: 0.1 }, "0.1"],
  [{ kind: "float", value: 1e16 }, "1e+16"],
  [{ kind: "float", value: 1e-5 }, "1e-05"],
  [{ kind: "float", value: Number.POSITIVE_INFINITY }, "inf"],
  ["it's", `"it's"`],
  [`it's "so"`, `'it\\'s "so"'`],
  ["a\n\t\\\u0007", "'a\\n\\t\\\\\\x07'"],
  ["\u00a0\u202e\ud83d\ude00", "'\\xa0\\u202e\ud83d\ude00'"],
  [["a", 1], "['a', 1]"],
  [tuple(), "()"],
  [tuple("nope"), "('nope',)"],
  [new Map<PickleValue, PickleValue>([["stacksize", 0]]), "{'stacksize': 0}"],
  [new Set(), "set()"],
  [Uint8Array.from([97, 255, 10]), "b'a\\xff\\n'"],
  [{ kind: "exception", module: "builtins", name: "ValueError", args: ["x"] }, "ValueError('x')"],
];

for (const [value, expected] of REPRS)
  test(`repr is ${expected}`, () => assert.equal(pythonRepr(value), expected));

test("str of an exception is its argument; of a KeyError in quotes; of several, all", () => {
  const named = (name: string, ...args: readonly PickleValue[]): PickleValue => ({
    ...{ kind: "exception", module: "builtins", name },
    args,
  });
  assert.equal(pythonText(named("Exception", "no")), "no");
  assert.equal(pythonText(named("KeyError", "no")), "'no'");
  assert.equal(pythonText(named("Exception", "a", 1)), "('a', 1)");
  assert.equal(pythonText(named("Exception")), "");
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { codeOf, messageOf, stackOf } from "./thrown-error.ts";

function caught(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

function withoutStack(): Error {
  const error = new Error("no stack");
  delete error.stack;
  return error;
}

const MISSING = caught(() => readFileSync("/no/such/file"));

for (const [what, error, message, code] of [
  ["a system error", MISSING, /^ENOENT: no such file/, "ENOENT"],
  ["an error without a code", new TypeError("no string"), /^no string$/, undefined],
  ["an error whose code is a number", new DOMException("stopped"), /^stopped$/, undefined],
  ["an error without a stack", withoutStack(), /^no stack$/, undefined],
  ["a text", "stop", /^stop$/, undefined],
  ["nothing", undefined, /^undefined$/, undefined],
] as const)
  test(`details of ${what} that was thrown`, () => {
    assert.match(messageOf(error), message);
    assert.equal(codeOf(error), code);
    assert.ok(stackOf(error).includes(messageOf(error)));
  });

test("the stack names the place of the bug", () => {
  assert.match(stackOf(MISSING), /\n\s+at .*thrown-error\.test\.ts/);
});

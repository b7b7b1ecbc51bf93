/** The error message of a command is complete and without control characters. */
import assert from "node:assert/strict";
import test from "node:test";
import { CodedError } from "../domain/errors.ts";
import { describeFailure, formatFailure } from "./failure.ts";

test("a long problem is cut in the middle, so that the hint at its end is kept", () => {
  const keys = Array.from({ length: 60 }, (_, n) => `key${n}`).join(", ");
  const problem = `expected one of ${keys} (did you mean "maxretry"?)`;
  const error = new CodedError("bad-config", `it is wrong:\n  ${problem}`);
  assert.equal(formatFailure(describeFailure(error)), `bailiff: it is wrong:\n  ${problem}\n`);
});

test("control characters are escaped", () => {
  const error = new CodedError("bad-config", "x\u001b[2J");
  assert.equal(formatFailure(describeFailure(error)), "bailiff: x\\u001b[2J\n");
});

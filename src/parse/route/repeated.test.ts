import assert from "node:assert/strict";
import test from "node:test";
import { CUT_MARK } from "../../domain/line-batch.ts";
import { unfoldRepeated } from "./repeated.ts";

function unfold(line: string): ReturnType<typeof unfoldRepeated> {
  return unfoldRepeated(`>>${line}\nnext\n`, 2, 2 + line.length);
}

test("a repeated message is parsed into message and count", () => {
  assert.deepEqual(unfold("message repeated 3 times: [ Failed x]"), {
    times: 3,
    message: "Failed x\n",
  });
  assert.deepEqual(unfold("message repeated 3 times: [Failed [x]]"), {
    times: 3,
    message: "Failed [x]\n",
  });
  assert.deepEqual(unfold("message repeated 3 times: [ Failed x] "), {
    times: 3,
    message: "Failed x\n",
  });
  assert.deepEqual(unfold("message repeated 2 times: [ ]"), { times: 2, message: "\n" });
});

test("the message of a truncated line is marked as truncated", () => {
  assert.deepEqual(unfold(`message repeated 2 times: [ Failed x${CUT_MARK}`), {
    times: 2,
    message: `Failed x${CUT_MARK}\n`,
  });
});

test("the count of one line is bounded", () => {
  assert.equal(unfold("message repeated 999999999 times: [ x]")?.times, 100_000);
});

test("similar text is not changed", () => {
  for (const line of [
    "Failed x",
    "message repeated",
    "message repeated x times: [ y]",
    "message repeated 2 times: [ y",
    "message repeated 9999999999 times: [ y]",
    "message repeated 2 times: y]",
  ]) {
    assert.equal(unfold(line), undefined, line);
  }
});

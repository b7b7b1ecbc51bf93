import assert from "node:assert/strict";
import { test } from "node:test";
import { addRule } from "./add-rule.ts";

test("a number that is not listed says nothing of the lines", async () => {
  const reload = (): Promise<unknown> => assert.fail("nothing was added");
  await assert.rejects(addRule({ replies: [], number: 1, is: "neutral", reload }), {
    code: "unknown-message",
    hint: "no unrecognized message is listed: bailiff drift",
  });
});

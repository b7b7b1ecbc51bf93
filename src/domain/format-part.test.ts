import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPart } from "./format-part.ts";

test("a part is formatted in percent, and never as none or all when it is not", () => {
  assert.deepEqual(
    [0, 0.001, 0.02, 0.314, 0.995, 1].map((part) => formatPart(part)),
    ["0%", "less than 1%", "2%", "31%", "more than 99%", "100%"],
  );
});

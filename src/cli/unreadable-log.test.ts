import assert from "node:assert/strict";
import { test } from "node:test";
import { CodedError } from "../domain/errors.ts";
import { UnknownCompressionError } from "../host/decompress.ts";
import { explainUnreadableLog } from "./unreadable-log.ts";

test("data that is compressed in a form that is not read is named, with the log and what to do", () => {
  const hint = "pipe it through xz -dc";
  const error = new UnknownCompressionError("xz", "xz -dc");
  for (const [path, name] of [
    ["-", "standard input"],
    ["/var/log/app.xz", "/var/log/app.xz"],
  ] as const)
    assert.deepEqual(
      explainUnreadableLog(error, path),
      new CodedError("no-input", `cannot read ${name}: it is compressed with xz`, {
        hint,
        cause: error,
      }),
    );
  const usage = new CodedError("usage", "another problem");
  assert.equal(explainUnreadableLog(usage, "-"), usage);
});

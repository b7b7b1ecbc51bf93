import assert from "node:assert/strict";
import { test } from "node:test";
import { compileRecordStart } from "./record-start.ts";
import { explainJoining } from "./explain-joining.ts";

function explain(sample: string, begins = "{time}"): ReturnType<typeof explainJoining> {
  const start = compileRecordStart({ begins, path: "f.toml" });
  assert.ok(start.ok);
  return explainJoining(sample, begins, start.value);
}

test("a sample whose first line begins no record names begins", () => {
  const json = '{"msg":"denied"}';
  assert.equal(
    explain(json)?.got,
    `${JSON.stringify(json)}, which does not begin a record by begins = "{time}"`,
  );
  assert.match(explain(`x\n${"y".repeat(999)}`)?.got ?? "", /^"x", /);
});

test("a later line that begins another record is named", () => {
  assert.equal(
    explain("login of a\n  from b\nlogin of c", "login")?.got,
    '"login of c" in line 3, which begins another record by begins = "login"',
  );
  assert.equal(explain("login of a\n  login of b", "login"), undefined);
});

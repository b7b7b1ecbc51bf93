import assert from "node:assert/strict";
import { test } from "node:test";
import { explainError, explainUnanswerable, explainUnusable, ownerIn } from "./explain-error.ts";

test("an error keeps its reason, without the command that nft repeats", () => {
  const elements = Array.from({ length: 1000 }, (_, i) => `192.0.2.${i}`).join(",");
  const error = `/dev/stdin:1:1-5: Error: Could not process rule: No space left on device\nadd element inet t s { ${elements} }\n   ^^^^^^\n`;
  assert.equal(explainError(error), "Could not process rule: No space left on device");
  assert.equal(
    explainError(`internal:0:0-0: Error: No such file or directory\n`.repeat(3)),
    "No such file or directory",
  );
  assert.equal(explainError("something else"), "something else");
  assert.ok(explainError("x".repeat(10_000)).length < 400);
});

test("an unusable nftables is explained with a fix", () => {
  assert.match(explainUnusable("Operation not permitted (you must be root)").fix, /CAP_NET_ADMIN/);
  assert.match(
    explainUnusable("cache initialization failed: Protocol not supported").fix,
    /modprobe nf_tables/,
  );
  assert.match(explainUnusable("No space left on device").reason, /refuses to work: No space/);
});

test("a table that another program owns: the owner is named, and no permission is missing", () => {
  const listed = "table inet bailiff { # progname nft\n\tflags dormant,owner\n}\n";
  assert.equal(ownerIn(listed), "nft");
  assert.equal(ownerIn("table inet bailiff {\n\tflags owner\n}\n"), "");
  assert.equal(ownerIn("table inet bailiff { # progname nft\n\tflags dormant\n}\n"), undefined);
  assert.equal(ownerIn('table inet bailiff {\n\tcomment "flags owner"\n}\n'), undefined);
  const { reason, fix } = explainUnusable("Operation not permitted", "nft");
  assert.match(reason, /^another program, nft, owns our table/);
  assert.doesNotMatch(reason + fix, /root|CAP_NET_ADMIN/);
});

test("a kernel that cannot reject in prerouting is distinguished from one without nf_tables", () => {
  const error = "Could not process rule: Operation not supported";
  const reject = { kind: "reject", with: "tcp-reset" } as const;
  assert.match(explainUnanswerable(reject, error)?.fix ?? "", /Linux 5\.9.*verdict = "drop"/);
  assert.equal(explainUnanswerable({ kind: "drop" }, error), undefined);
  assert.equal(explainUnanswerable(reject, "Could not process rule: No space left"), undefined);
});

import assert from "node:assert/strict";
import test from "node:test";
import { describeNoticeTest } from "./notify.ts";

const REPLY = {
  ...{ channel: "ops", kind: "slack", to: "https://hooks.slack.com/…", took_ms: 312 },
  ...{ delivered: true, answer: "ok" },
};

test("a test of a channel shows where it was sent and what the service answered", () => {
  assert.equal(
    describeNoticeTest(REPLY),
    "ops (slack, https://hooks.slack.com/…): delivered in 312 ms: ok",
  );
  assert.equal(
    describeNoticeTest({ ...REPLY, answer: "" }),
    "ops (slack, https://hooks.slack.com/…): delivered in 312 ms",
  );
  const refused = { ...REPLY, delivered: false, answer: "it answered 403, an error: \u001b[2J" };
  assert.match(
    describeNoticeTest(refused),
    /: not delivered: it answered 403, an error: [^\u001b]+$/,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "../domain/duration.ts";
import { noticeOf } from "./notice.fixture.ts";
import { sendMessage } from "./send-message.ts";
import { USUAL_SETTINGS } from "./services/usual-settings.fixture.ts";

test("a program that takes too long is tried again, whatever code it ends with", async () => {
  const run = ["/bin/sh", "-c", "trap 'exit 67' TERM; sleep 60 & wait"];
  const settings = { ...USUAL_SETTINGS, run, input: "text", timeout: duration(1000) } as const;
  const message = { host: "web1", notices: [noticeOf("no lines")], dropped: 0, id: "a1b2" };
  const channel = { name: "ops", kind: "command", settings } as const;
  assert.deepEqual(await sendMessage(channel, message, 100), {
    ...{ kind: "failed", to: "/bin/sh", reason: "took longer than 0.1 s and was stopped" },
    ...{ retryable: true, wait: 0 },
  });
});

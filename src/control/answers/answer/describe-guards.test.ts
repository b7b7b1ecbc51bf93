import assert from "node:assert/strict";
import { test } from "node:test";
import type { Subject } from "../../../domain/cidr.ts";
import { instant } from "../../../domain/instant.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import { describeRefused } from "./describe-guards.ts";

test("why lists the latest refused bans, and says how many there were before", () => {
  const all = Array.from({ length: 25 }, (_, n) => ({
    ...{ jail: "sshd" as JailName, subject: "192.0.2.7" as Subject, at: instant((n + 1) * 1000) },
    reason: "btmp has no record of 5 of these",
  }));
  assert.equal(describeRefused(all.slice(0, 5)).length, 5);
  const shown = describeRefused(all);
  assert.equal(shown.length, 6);
  assert.match(shown[4] ?? "", /^sshd did not ban it at 1970-01-01T00:00:25/);
  assert.equal(shown[5], "and 20 earlier times");
});

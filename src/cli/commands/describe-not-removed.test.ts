import assert from "node:assert/strict";
import test from "node:test";
import { describeNotRemoved } from "./describe-not-removed.ts";

function entry(subject: string, because: string) {
  return { subject, since: null, until: null, because };
}

test("if --remove finds no entry, it says what exempts the address and how to remove that", () => {
  const byCommand = entry("198.51.100.0/24", "allowed by root (uid 0)");
  const configured = entry("192.0.2.0/24", "ignoreip 192.0.2.0/24");
  const allowed = [configured, byCommand];
  assert.equal(describeNotRemoved("9.9.9.9", allowed), "9.9.9.9 is not on the allow-list.");
  assert.equal(
    describeNotRemoved("198.51.100.7", allowed),
    "198.51.100.7 is not on the allow-list itself, 198.51.100.0/24 covers it: bailiff allow --remove 198.51.100.0/24",
  );
  assert.equal(
    describeNotRemoved("192.0.2.7", allowed),
    "192.0.2.7 is exempt, but not by bailiff allow: ignoreip 192.0.2.0/24; change ignoreip in the configuration",
  );
});

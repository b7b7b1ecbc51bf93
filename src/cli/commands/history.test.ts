import assert from "node:assert/strict";
import { test } from "node:test";
import { openTerminal } from "../terminal.ts";
import { describeAudit, describePast } from "./history.ts";

const WIDE = { ...openTerminal(), width: 120 };
const [from, ended] = ["2026-11-29T09:00:00.000Z", "2026-11-29T09:10:00.000Z"];

test("a list that ends at its limit says so", () => {
  const past = ["192.0.2.7", "192.0.2.8"].map((subject) => ({
    ...{ subject, jail: "sshd", from, ended, until: ended, why: "expired" as const },
    ...{ counts: true, by: "", note: "", reason: "5 failures in 10m", origin: "detected" },
  }));
  assert.match(describePast(past, 2, WIDE), /\nThe newest 2 are listed: --limit lists more\.$/);
  assert.doesNotMatch(describePast(past, 3, WIDE), /--limit/);
  const change = { at: from, action: "unban", who: "root", subject: null, jail: null, detail: "" };
  assert.match(
    describeAudit([change], 1, WIDE),
    /\nThe newest 1 are listed: --limit lists more\.$/,
  );
});

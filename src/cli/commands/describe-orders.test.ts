import assert from "node:assert/strict";
import test from "node:test";
import type { BanResult } from "../../control/ban-messages.ts";
import { describeBans } from "./describe-orders.ts";

function result(more: Partial<BanResult>): BanResult {
  const until = "2026-03-02T10:00:00Z";
  const detail = "the firewall blocks it";
  const plain = { subject: "192.0.2.50", jail: "manual", enforced: true, until, detail };
  return { ...plain, outcome: "banned", ...more };
}

const TERMINAL = { width: 200, complete: (text: string) => text };

test("a manual ban is not described as a ban of a jail named manual", () => {
  for (const [more, expected] of [
    [{}, /^192\.0\.2\.50 banned by hand until /],
    [{ jail: "sshd" }, /^192\.0\.2\.50 banned in sshd until /],
    [{ outcome: "extended" }, /^ban of 192\.0\.2\.50 extended until /],
    [{ outcome: "extended", jail: "sshd" }, /^ban of 192\.0\.2\.50 in sshd extended until /],
    [{ outcome: "already-banned" }, /^192\.0\.2\.50 is already banned by hand for/],
    [{ enforced: false }, /^192\.0\.2\.50 is recorded, NOT enforced/],
  ] as const)
    assert.match(describeBans([result(more)], TERMINAL, "")[0] ?? "", expected);
});

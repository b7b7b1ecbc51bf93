import assert from "node:assert/strict";
import test from "node:test";
import type { BanResult } from "../../control/ban-messages.ts";
import { describeAllowed, describeBans } from "./describe-orders.ts";

function result(more: Partial<BanResult>): BanResult {
  const until = "2026-03-02T10:00:00Z";
  const detail = "the firewall blocks it";
  const plain = {
    subject: "192.0.2.50",
    jail: "manual",
    enforced: true,
    until,
    detail,
    replaced: null,
  };
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

test("the command that undoes a ban lifts this ban only, and one that ends an older ban is no undo", () => {
  for (const [more, expected] of [
    [{ jail: "sshd" }, / Undo: bailiff unban --exact --jail sshd 192\.0\.2\.50$/],
    [{}, / Undo: bailiff unban --exact --jail manual 192\.0\.2\.50$/],
    [
      { outcome: "extended", jail: "sshd" },
      / To lift it: bailiff unban --exact --jail sshd 192\.0\.2\.50$/,
    ],
  ] as const)
    assert.match(describeBans([result(more)], TERMINAL, "")[0] ?? "", expected);
});

test("an order that replaces an end or a reason names them", () => {
  const before = { until: null, reason: "spam" };
  assert.match(
    describeBans([result({ outcome: "extended", replaced: before })], TERMINAL, "")[0] ?? "",
    /the firewall blocks it\. Before: banned permanently: spam\. To lift it: bailiff unban --exact --jail manual 192\.0\.2\.50$/,
  );
  const allowed = (replaced: readonly string[], others: readonly string[] = []): string => {
    const entries = replaced.map((subject) => ({ subject, until: null, reason: "office" }));
    return describeAllowed(
      [...replaced, ...others],
      [{ subject: "", lifted: 1, replaced: entries }],
      "1d",
    );
  };
  assert.equal(
    allowed(["192.0.2.7"]),
    "192.0.2.7 is allowed for 1d; 1 ban lifted. Before: allowed permanently: office. Undo: bailiff allow --remove 192.0.2.7",
  );
  assert.equal(
    allowed([], ["192.0.2.8"]),
    "192.0.2.8 is allowed for 1d; 1 ban lifted. Undo: bailiff allow --remove 192.0.2.8",
  );
  assert.equal(
    allowed(["192.0.2.7"], ["192.0.2.8"]),
    "2 addresses allowed for 1d; 1 ban lifted. 192.0.2.7: Before: allowed permanently: office.",
  );
});

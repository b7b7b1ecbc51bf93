import assert from "node:assert/strict";
import { test } from "node:test";
import { describeQuality, describeReset } from "./quality.ts";

test("rules and detectors have a line each, and a demoted one a sentence", () => {
  const counts = { unbanned: 2, logins: 1, guarded: 0, last: null, forgotten: 0 };
  const screen = describeQuality(
    [
      { jail: "sshd", name: "slow", kind: "detector", bans: 9, wrong: 3, ...counts, demoted: true },
      { jail: "sshd", name: "failed", kind: "rule", bans: 70, wrong: 1, ...counts, demoted: false },
    ],
    undefined,
  );
  assert.match(screen, /^sshd +detector slow +9 +3 +2 +1 +0 +never$/m);
  assert.match(screen, /^sshd +rule failed +70 +1 +2 +1 +0 +never$/m);
  assert.match(screen, /^The detector slow of jail sshd only reports: .*about 3 addresses/m);
  assert.equal(screen.match(/only reports/g)?.length, 1);
  assert.doesNotMatch(screen, /forgotten/);
  assert.match(describeQuality([], undefined), /^No rule or detector has banned/);
});

test("a ranking that is cut says how many are missing", () => {
  const counts = { bans: 9, wrong: 0, unbanned: 0, logins: 0, guarded: 0, last: null };
  const one = { jail: "sshd", name: "failed", kind: "rule", demoted: false, forgotten: 7 } as const;
  assert.match(describeQuality([{ ...counts, ...one }], undefined), /are forgotten: 7 within 30/);
});

test("a reset says what the counts were", () => {
  const counts = { unbanned: 1, logins: 0, guarded: 0, last: null, demoted: true, forgotten: 0 };
  assert.equal(
    describeReset([{ jail: "sshd", name: "slow", kind: "detector", bans: 9, wrong: 3, ...counts }]),
    "sshd: detector slow counts again from zero (it was wrong about 3 addresses with 9 bans).",
  );
  assert.match(describeReset([]), /^Nothing to reset/);
});

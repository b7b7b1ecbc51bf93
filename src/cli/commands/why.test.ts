import assert from "node:assert/strict";
import { test } from "node:test";
import type { WhyBan, WhyReply } from "../../control/ban-messages.ts";
import { openTerminal } from "../terminal.ts";
import { describeWhy } from "./why.ts";

const NOTHING: WhyReply = {
  facts: { country: null, asn: null, organization: null },
  ...{ subject: "192.0.2.7", verdict: "not banned", allowed_by: null, bans: [], watching: [] },
  ...{ suspected_compromises: [], campaigns: [] },
  ...{ lists: [], ignored: [], guards: [], logins: [], history: [], undo: null },
  not_listed: { ignored: 0, logins: 0, history: 0 },
};

function screen(change: Partial<WhyReply>): string {
  return describeWhy({ ...NOTHING, ...change }, { ...openTerminal(), width: 200 });
}

const BAN: WhyBan = {
  ...{ subject: "192.0.2.7", jail: "sshd", from: "2026-11-23T12:00:00Z", until: null },
  ...{ origin: "detected", reason: "5 failures in 3s", state: "enforced", packets: null },
  ...{
    ports: "all",
    error: null,
    missing_in: [],
    rule: "failed-attempt",
    failures: 5,
    of: 5,
    findtime: "10m",
  },
  ...{ escalation: 0, jitter: null, enforcer: "nftables", evidence: [] },
};

test("a ban by several rules names that of the last failure as such", () => {
  assert.match(screen({ bans: [BAN] }), /^ {2}rule {5}failed-attempt$/m);
  const other = { at: BAN.from, rule: "invalid-user", user: null, counts: 1, line: "" };
  const evidence = [{ ...other, confirmed_by: null, via: null }];
  assert.match(screen({ bans: [{ ...BAN, evidence }] }), /^ {2}last rule failed-attempt$/m);
});

test("a random addition is shown beside the end, if there is one", () => {
  const ban = { ...BAN, until: "2026-11-30T09:45:22.000Z" };
  assert.doesNotMatch(screen({ bans: [ban] }), /at random/);
  assert.match(
    screen({ bans: [{ ...ban, jitter: "5m" }] }),
    /until .*, with up to 5m added at random$/m,
  );
});

test("the threshold is shown if it led to the ban, and not if a detector did", () => {
  assert.match(screen({ bans: [BAN] }), /5 failures in 3s \(threshold 5 in 10m\)/);
  const reason = "slow: 11 failures in 3 days, at most 2 an hour";
  const shown = screen({ bans: [{ ...BAN, failures: 11, reason }] });
  assert.match(shown, /slow: 11 failures in 3 days, at most 2 an hour$/m);
});

test("the verdict is not repeated below it", () => {
  const guards = ["alice is logged in", "sshd did not ban it"];
  const shown = screen({ verdict: `not banned; ${guards[0]}`, guards });
  assert.equal(shown.split("alice is logged in").length, 2, shown);
  assert.match(shown, /Guards:\n {2}sshd did not ban it$/);
  const allowed_by = "allowed by root (uid 0): office";
  const exempt = screen({ verdict: `exempt from bans: ${allowed_by}`, allowed_by });
  assert.doesNotMatch(exempt, /Allow-list/);
  assert.match(screen({ allowed_by }), /^Allow-list: allowed by root \(uid 0\): office$/m);
});

test("country and network are shown where they are known", () => {
  const facts = { country: "DE", asn: 64_496, organization: "Example\u001b Net" };
  assert.match(screen({ facts }), /^192\.0\.2\.7: not banned\n {2}from DE AS64496 Example.* Net$/);
  assert.doesNotMatch(screen({ facts }), /\u001b/);
  assert.doesNotMatch(screen({}), / from /);
});

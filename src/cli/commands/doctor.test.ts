import assert from "node:assert/strict";
import test from "node:test";
import type { LinkReply } from "../../control/link-messages.ts";
import type { DoctorReply } from "../../control/proof-messages.ts";
import { openTerminal } from "../terminal.ts";
import { describeDoctor, summarize } from "./doctor.ts";

type Verdicts = Readonly<Record<string, LinkReply["verdict"]>>;

function linkOf(link: string, change: Partial<LinkReply> = {}): LinkReply {
  const proven = { verdict: "proven", evidence: `${link} works`, at: null, cause: null, fix: null };
  return { link, ...proven, ...change } as LinkReply;
}

function jail(name: string, verdicts: Verdicts): DoctorReply["jails"][number] {
  const links = Object.entries(verdicts).map(([link, verdict]) => {
    return { link, verdict, evidence: "", at: null, cause: null, fix: null } as LinkReply;
  });
  const state = { state: "protecting", reason: "", cause: null, fix: null, since: "" } as const;
  return { name, ...state, links };
}

for (const [what, verdicts, expected] of [
  ["every link is proven", { source: "proven", canary: "proven" }, "All checks passed."],
  [
    "one was not tried",
    { source: "proven", canary: "unproven" },
    "No check failed.\nNot verified: sshd (canary).",
  ],
  [
    "one failed, in a jail that only observes",
    { firewall: "found", wire: "unproven", canary: "found" },
    "Failed checks: sshd (firewall, canary).\nNot verified: sshd (wire).",
  ],
] as const) {
  test(`the last sentence claims no more than the links prove: ${what}`, () => {
    assert.equal(summarize({ jails: [jail("sshd", verdicts)] }), expected);
  });
}

test("with several jails, each is listed with its own links", () => {
  const jails = [jail("sshd", { canary: "unproven" }), jail("nginx", { flow: "unproven" })];
  assert.match(summarize({ jails }), /: sshd \(canary\), nginx \(flow\)\.$/);
});

const FAULT = linkOf("source", {
  ...{ verdict: "found", evidence: "no such file", cause: "no-log", fix: "set its log" },
});

function screen(
  jails: DoctorReply["jails"],
  suspected_compromises: DoctorReply["suspected_compromises"] = [],
): string {
  const firewalls = { chosen: null, in_use: "", conflicts: [] };
  const rest = { suspected_compromises, looking_for: [], firewalls, lists: [], notes: [] };
  const reply = { version: "", at: "", state: "protecting", jails, ...rest };
  return describeDoctor(reply, openTerminal());
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

test("a fault is shown once, and a link that is the same in every jail too", () => {
  const blind = { state: "blind", reason: "no such file", fix: "set its log" } as const;
  const nginx = { ...jail("nginx", {}), ...blind, links: [FAULT, linkOf("record")] };
  const sshd = { ...jail("sshd", {}), links: [linkOf("source"), linkOf("record")] };
  const both = screen([sshd, nginx]);
  assert.deepEqual([count(both, "no such file"), count(both, "set its log")], [1, 1], both);
  assert.match(both, /\n\nall jails:\n {2}✓ record +record works\n\nFailed checks: nginx/);
  assert.doesNotMatch(screen([sshd]), /all jails/);
});

test("a reason that no link shows stays, and a jail with a fault passes no checks", () => {
  const reason = "the firewall was last proven 16m ago";
  const old = { ...jail("sshd", {}), state: "degraded", reason, fix: "bailiff doctor" } as const;
  const shown = screen([{ ...old, links: [linkOf("record")] }]);
  assert.match(shown, /sshd is degraded: the firewall was last proven 16m ago/);
  assert.doesNotMatch(shown, /checks passed/);
});

test("a suspected compromise is the first problem", () => {
  const alarm = { at: "2026-11-29T09:00:00.000Z", jail: "sshd", ip: "192.0.2.7", user: "bob" };
  const shown = screen(
    [jail("sshd", {})],
    [{ ...alarm, reason: "guessed", campaign: null, alarms_not_kept: 0 }],
  );
  assert.match(shown, /^SUSPECTED COMPROMISE: /);
});

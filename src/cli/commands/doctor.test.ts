import assert from "node:assert/strict";
import test from "node:test";
import type { DoctorReply, LinkReply } from "../../control/proof-messages.ts";
import { summarize } from "./doctor.ts";

type Verdicts = Readonly<Record<string, LinkReply["verdict"]>>;

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
    "All required checks passed.\nNot proven either way: sshd (canary).",
  ],
  [
    "one failed, in a jail that only observes",
    { firewall: "found", wire: "unproven", canary: "found" },
    "Failed checks: sshd (firewall, canary).\nNot proven either way: sshd (wire).",
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
